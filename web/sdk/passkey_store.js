/**
 * What this device remembers of its passkeys: names and ids to show a choice and narrow a prompt.
 * Never a key, token or challenge. Losing it loses no passkey: the authenticator keeps those.
 */
import { asObject } from "./http.js";

const STORAGE_KEY = "keybound.passkeys";

/**
 * @typedef {"Active" | "DeviceDeleted" | "Invalid" | "Revoked" | "UserDeleted" | "UserSuspended"
 *   | "Unknown"} PasskeyState
 */

/**
 * @typedef {object} Passkey
 * @property {string} id local: the WebAuthn credential id, base64url
 * @property {string} passkeyId id of the credential at the service
 * @property {string} created ISO 8601
 * @property {PasskeyState} state as it was when the passkey was bound
 * @property {"webauthn"} keyType
 * @property {{id: string, displayName: string}} tenant
 * @property {{id: string, displayName: string}} realm
 * @property {{id: string, username: string, displayName?: string, emailAddress?: string}} identity
 * @property {{logoUrlLight: string, logoUrlDark: string, supportUrl?: string}} theme
 */

/** @typedef {{passkey: Passkey, transports: string[]}} StoredPasskey */

/** @returns {StoredPasskey[]} in the order of binding; damaged entries are left out */
export function readPasskeys() {
  try {
    const entries = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(entries) ? entries.filter(isStoredPasskey) : [];
  } catch {
    return []; // no JSON, or a browser that keeps storage from this page
  }
}

/** @param {string} id either of the two ids @returns {StoredPasskey | undefined} */
export function findPasskey(id) {
  return readPasskeys().find(({ passkey }) => passkey.id === id || passkey.passkeyId === id);
}

/** @param {StoredPasskey} stored @returns {boolean} whether it was kept */
export function storePasskey(stored) {
  const others = readPasskeys().filter(({ passkey }) => passkey.id !== stored.passkey.id);
  return write([...others, stored]);
}

/** @param {string} id either of the two ids @returns {boolean} whether the list could be written */
export function forgetPasskey(id) {
  const isIt = (/** @type {Passkey} */ passkey) => passkey.id === id || passkey.passkeyId === id;
  return write(readPasskeys().filter(({ passkey }) => !isIt(passkey)));
}

/** @param {StoredPasskey[]} entries @returns {boolean} */
function write(entries) {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(entries));
    return true;
  } catch {
    return false;
  }
}

/** @param {unknown} entry @returns {entry is StoredPasskey} */
function isStoredPasskey(entry) {
  const stored = asObject(entry);
  const passkey = asObject(stored?.passkey);
  if (!passkey || !Array.isArray(stored?.transports)) return false;
  return (
    stored.transports.every((transport) => typeof transport === "string") &&
    hasTexts(passkey, ["id", "passkeyId", "created", "state", "keyType"]) &&
    hasTexts(passkey.tenant, ["id", "displayName"]) &&
    hasTexts(passkey.realm, ["id", "displayName"]) &&
    hasTexts(passkey.identity, ["id", "username"]) &&
    hasTexts(passkey.theme, ["logoUrlLight", "logoUrlDark"])
  );
}

/** @param {unknown} value @param {string[]} names */
function hasTexts(value, names) {
  const json = asObject(value);
  return json !== null && names.every((name) => typeof json[name] === "string");
}
