import { finish } from "./authentication.js";
import { checkNotExpired, readAuthenticationRequest } from "./authentication_request.js";
import { checkPasskeysWork, getAutofillAssertion } from "./ceremonies.js";
import { EmbeddedError } from "./errors.js";
import { aborted, takeTurn } from "./turns.js";

/** @typedef {import("./allowed_domains.js").AllowedDomains} AllowedDomains */
/** @typedef {import("./authentication.js").AuthenticateResponse} AuthenticateResponse */
/** @typedef {import("./authentication_request.js").AuthenticationRequest} AuthenticationRequest */
/** @typedef {(options: {signal: AbortSignal}) => string | Promise<string>} UrlSupply */

/** Time for a person who has just touched the offer to finish before the request ends. */
const MARGIN_MS = 60_000;
/** However short-lived the requests are, the service is not asked more often than this. */
const SHORTEST_OFFER_MS = 10_000;
/** A sleeping machine stops timers but not the clock, so the clock is looked at this often. */
const LOOK_EVERY_MS = 15_000;

/**
 * Offers passkeys in the autofill of a field until one is used.
 *
 * The offer may stand for hours and a request lives for minutes, so `supplyUrl` is asked for a
 * fresh one each time before the old one ends (not while the page is hidden).
 *
 * @param {UrlSupply} supplyUrl
 * @param {AllowedDomains} allowed
 * @param {import("./log.js").Log} log
 * @param {AbortSignal} [signal]
 * @returns {Promise<AuthenticateResponse>}
 */
export async function authenticateWithAutofill(supplyUrl, allowed, log, signal) {
  checkPasskeysWork();
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    throw new EmbeddedError("BiometricsNotAvailable", "This browser has no passkey autofill.");
  }
  const { request, credential } = await takeTurn("autofill", signal, async (turn) => {
    for (;;) {
      const fresh = readAuthenticationRequest(await supplied(supplyUrl, turn), allowed);
      checkNotExpired(fresh);
      log.write("autofill offer", fresh.application.id);
      const assertion = await offer(fresh, turn);
      if (assertion !== null) return { request: fresh, credential: assertion };
    }
  });
  return finish(request, credential, log);
}

/** @param {UrlSupply} supplyUrl @param {AbortSignal} turn @returns {Promise<string>} */
async function supplied(supplyUrl, turn) {
  const stopped = new AbortController();
  try {
    return await Promise.race([
      Promise.resolve(supplyUrl({ signal: turn })),
      onceAborted(turn, stopped.signal),
    ]);
  } finally {
    stopped.abort();
  }
}

/** @param {AbortSignal} turn @param {AbortSignal} signal @returns {Promise<never>} */
function onceAborted(turn, signal) {
  return new Promise((_, reject) => {
    if (turn.aborted) reject(aborted());
    turn.addEventListener("abort", () => reject(aborted()), { signal });
  });
}

/**
 * @param {AuthenticationRequest} request
 * @param {AbortSignal} turn
 * @returns {Promise<AuthenticationResponseJSON | null>} null when it is time for a fresh request
 */
async function offer(request, turn) {
  const renewal = new AbortController();
  const stopWatching = whenDue(request, () => renewal.abort());
  try {
    return await getAutofillAssertion(request, AbortSignal.any([turn, renewal.signal]));
  } catch (error) {
    if (renewal.signal.aborted && !turn.aborted) return null;
    throw error;
  } finally {
    stopWatching();
  }
}

/**
 * Calls `renew` shortly before the request ends, but not while nobody looks at the page. The
 * request's own lifetime is counted from now, so a device whose clock is wrong does not hurry.
 *
 * @param {AuthenticationRequest} request
 * @param {() => void} renew
 * @returns {() => void} stops it
 */
function whenDue({ issuedAt, expiresAt }, renew) {
  const lifetime = (expiresAt - issuedAt) * 1000;
  const due = Date.now() + Math.max(lifetime - MARGIN_MS, SHORTEST_OFFER_MS);
  const look = () => {
    if (Date.now() >= due && !document.hidden) renew();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
