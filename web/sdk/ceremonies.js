import { EmbeddedError } from "./errors.js";
import { unreadable } from "./http.js";
import { takeTurn } from "./turns.js";

/** @typedef {import("./authentication_request.js").AuthenticationRequest} AuthenticationRequest */
/** @typedef {{id: string, transports: string[]}} AllowedPasskey */
/** @typedef {"BiometricsCanceled" | "SelectCredentialCanceled"} Canceled */

/** The shortest time a prompt stays, however little of the request's life is left. */
const SHORTEST_PROMPT_MS = 30_000;
const LONGEST_PROMPT_MS = 300_000;

/** @throws {EmbeddedError} BiometricsNotAvailable */
export function checkPasskeysWork() {
  const api = globalThis.PublicKeyCredential;
  const needed = [
    api?.parseCreationOptionsFromJSON,
    api?.parseRequestOptionsFromJSON,
    AbortSignal.any,
  ];
  if (needed.some((method) => typeof method !== "function")) {
    throw new EmbeddedError(
      "BiometricsNotAvailable",
      "Passkeys do not work here: the browser is too old, or the page is not served over https.",
    );
  }
}

/**
 * Asks for a new passkey (WebAuthn L3 §5.1.3).
 *
 * @param {unknown} options PublicKeyCredentialCreationOptionsJSON, from the service
 * @param {AbortSignal} [signal]
 * @returns {Promise<RegistrationResponseJSON>}
 */
export function createPasskey(options, signal) {
  const publicKey = parsed(() =>
    PublicKeyCredential.parseCreationOptionsFromJSON(
      /** @type {PublicKeyCredentialCreationOptionsJSON} */ (options),
    ),
  );
  return takeTurn("modal", signal, async (turn) => {
    const made = await navigator.credentials.create({ publicKey, signal: turn }).catch((cause) => {
      throw ceremonyError(cause, "BiometricsCanceled");
    });
    return /** @type {RegistrationResponseJSON} */ (asJson(made, "BiometricsCanceled"));
  });
}

/**
 * Asks for an assertion (WebAuthn L3 §5.1.4); without `allowed`, of any discoverable passkey.
 *
 * @param {AuthenticationRequest} request
 * @param {AllowedPasskey | null} allowed
 * @param {AbortSignal} [signal]
 * @returns {Promise<AuthenticationResponseJSON>}
 */
export function getAssertion(request, allowed, signal) {
  const left = request.expiresAt * 1000 - Date.now();
  const timeout = Math.min(Math.max(left, SHORTEST_PROMPT_MS), LONGEST_PROMPT_MS);
  const publicKey = requestOptions(request, allowed, timeout);
  return takeTurn("modal", signal, (turn) => assertion({ publicKey, signal: turn }));
}

/**
 * Offers passkeys in the autofill of a field. Must be called within a turn, whose signal it takes.
 *
 * @param {AuthenticationRequest} request
 * @param {AbortSignal} signal
 * @returns {Promise<AuthenticationResponseJSON>}
 */
export function getAutofillAssertion(request, signal) {
  return assertion({ publicKey: requestOptions(request, null), mediation: "conditional", signal });
}

/** @param {CredentialRequestOptions} options @returns {Promise<AuthenticationResponseJSON>} */
async function assertion(options) {
  const given = await navigator.credentials.get(options).catch((cause) => {
    throw ceremonyError(cause, "SelectCredentialCanceled");
  });
  return /** @type {AuthenticationResponseJSON} */ (asJson(given, "SelectCredentialCanceled"));
}

/**
 * @param {AuthenticationRequest} request
 * @param {AllowedPasskey | null} allowed
 * @param {number} [timeout] milliseconds
 */
function requestOptions(request, allowed, timeout) {
  /** @type {PublicKeyCredentialRequestOptionsJSON} */
  const options = {
    challenge: request.challenge,
    rpId: request.relyingPartyId,
    userVerification: request.userVerification,
    allowCredentials: allowed ? [{ type: "public-key", ...allowed }] : [],
  };
  if (timeout !== undefined) options.timeout = timeout;
  return parsed(() => PublicKeyCredential.parseRequestOptionsFromJSON(options));
}

/** @template T @param {() => T} parse @returns {T} */
function parsed(parse) {
  try {
    return parse();
  } catch {
    throw unreadable();
  }
}

/** @param {Credential | null} credential @param {Canceled} canceled */
function asJson(credential, canceled) {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new EmbeddedError(canceled, "No passkey was chosen.");
}

/**
 * @param {unknown} cause what the browser rejected with (WebAuthn L3 §5.1.3, §5.1.4)
 * @param {Canceled} canceled
 * @returns {EmbeddedError}
 */
function ceremonyError(cause, canceled) {
  const [type, message] = verdict(cause instanceof Error ? cause.name : "", canceled);
  return new EmbeddedError(type, message, { cause });
}

/**
 * @param {string} name
 * @param {Canceled} canceled
 * @returns {[import("./errors.js").ErrorType, string]}
 */
function verdict(name, canceled) {
  switch (name) {
    case "AbortError":
      return ["CeremonyAborted", "The passkey prompt was stopped by the page."];
    case "InvalidStateError":
      return ["DuplicateCredential", "This device already has a passkey for this account."];
    case "SecurityError":
      return ["InvalidConfiguration", "The relying party id does not fit this page's address."];
    case "ConstraintError":
    case "NotSupportedError":
      return ["BiometricsNotAvailable", "This device cannot make or use such a passkey."];
    default:
      return [canceled, "The passkey prompt was closed, timed out, or had no passkey to offer."];
  }
}
