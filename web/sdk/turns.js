/**
 * One ceremony at a time: a browser refuses a second passkey prompt while one is pending, and an
 * autofill offer is pending for as long as the page is open.
 *
 * The newest ceremony wins and the earlier ends with CeremonyAborted; only an autofill offer never
 * takes the turn from a prompt that a person is looking at.
 */
import { EmbeddedError } from "./errors.js";

/** @typedef {"modal" | "autofill"} Kind */
/** @typedef {{kind: Kind, controller: AbortController, ended: Promise<void>}} Turn */

/** @type {Turn | null} */
let current = null;

/**
 * @template T
 * @param {Kind} kind
 * @param {AbortSignal | undefined} signal the page's own
 * @param {(signal: AbortSignal) => Promise<T>} ceremony
 * @returns {Promise<T>}
 * @throws {EmbeddedError} CeremonyAborted
 */
export async function takeTurn(kind, signal, ceremony) {
  const earlier = current;
  if (signal?.aborted) throw aborted();
  if (kind === "autofill" && earlier?.kind === "modal") throw aborted();
  const controller = new AbortController();
  let end = () => {};
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => (end = resolve));
  const mine = { kind, controller, ended };
  current = mine;
  const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  try {
    earlier?.controller.abort();
    await earlier?.ended;
    if (either.aborted) throw aborted();
    return await ceremony(either);
  } finally {
    if (current === mine) current = null;
    end();
  }
}

/** Stops the pending ceremony, if there is one. */
export function cancelTurn() {
  current?.controller.abort();
}

/** @returns {EmbeddedError} */
export function aborted() {
  return new EmbeddedError("CeremonyAborted", "The passkey prompt was stopped by the page.");
}
