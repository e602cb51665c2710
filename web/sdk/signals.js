import { asObject } from "./http.js";

/** @typedef {import("./http.js").Json} Json */

/**
 * The Signal API, where the browser has it (WebAuthn L3 §5.1.10).
 *
 * @typedef {object} SignalApi
 * @property {(options: {rpId: string, userId: string, allAcceptedCredentialIds: string[]}) =>
 *   Promise<void>} [signalAllAcceptedCredentials]
 * @property {(options: {rpId: string, userId: string, name: string, displayName: string}) =>
 *   Promise<void>} [signalCurrentUserDetails]
 */

/** No sign-in waits longer than this for a browser that does not answer. */
const LONGEST_WAIT_MS = 1000;

/**
 * Tells the browser which passkeys the service takes from this person, and the person's names, so
 * that devices drop what was revoked and show what was renamed. Called with the service's answer
 * to a ceremony that succeeded, and with nothing else. There is no call for unknown credentials:
 * what is refused may be a good passkey, and such a call can remove it for ever.
 *
 * @param {Json} answer
 * @returns {Promise<void>} never rejects
 */
export async function signalPasskeys(answer) {
  const signals = readSignals(answer);
  if (signals === null) return;
  const { rpId, userId, allAcceptedCredentialIds, name, displayName } = signals;
  const api = /** @type {SignalApi} */ (/** @type {unknown} */ (globalThis.PublicKeyCredential));
  const told = Promise.allSettled([
    attempt(() => api.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds })),
    attempt(() => api.signalCurrentUserDetails?.({ rpId, userId, name, displayName })),
  ]);
  await Promise.race([told, new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS))]);
}

/** @param {() => Promise<void> | undefined} call */
async function attempt(call) {
  await call();
}

/** @param {Json} answer */
function readSignals(answer) {
  const given = asObject(answer.signals);
  if (given === null) return null;
  const { relying_party_id: rpId, user_id: userId, name, display_name: displayName } = given;
  const ids = given.accepted_credential_ids;
  if (typeof rpId !== "string" || typeof userId !== "string" || !Array.isArray(ids)) return null;
  if (typeof name !== "string" || typeof displayName !== "string") return null;
  // An empty list would throw every passkey away, and nobody comes here without one.
  if (ids.length === 0 || !ids.every((id) => typeof id === "string")) return null;
  const allAcceptedCredentialIds = /** @type {string[]} */ (ids);
  return { rpId, userId, allAcceptedCredentialIds, name, displayName };
}
