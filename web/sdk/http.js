import { EmbeddedError } from "./errors.js";

/** @typedef {import("./errors.js").ErrorData} ErrorData */
/** @typedef {{[member: string]: unknown}} Json */

/** No cookie, no address of this page, no copy in a cache, and no other host by redirect. */
const ALONE = /** @type {const} */ ({
  method: "POST",
  mode: "cors",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store",
  redirect: "error",
});

/**
 * Posts JSON and returns the object that a 200 carries.
 *
 * @param {string} url
 * @param {Json} body
 * @param {{bearer?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<Json>}
 * @throws {EmbeddedError} NetworkError, CeremonyAborted, or what refusal() makes of the answer
 */
export async function postJson(url, body, { bearer, signal } = {}) {
  const headers = new Headers({ "Content-Type": "application/json", Accept: "application/json" });
  if (bearer !== undefined) headers.set("Authorization", `Bearer ${bearer}`);
  const response = await answered(
    fetch(url, { ...ALONE, headers, body: JSON.stringify(body), signal: signal ?? null }),
    signal,
  );
  const answer = asObject(parsed(await answered(response.text(), signal)));
  if (response.status !== 200) throw refusal(response.status, answer ?? {});
  if (answer === null) throw unreadable();
  return answer;
}

/**
 * @template T
 * @param {Promise<T>} pending
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
async function answered(pending, signal) {
  try {
    return await pending;
  } catch (cause) {
    if (signal?.aborted) {
      throw new EmbeddedError("CeremonyAborted", "The page stopped the request.", { cause });
    }
    throw new EmbeddedError("NetworkError", "The service could not be reached.", { cause });
  }
}

/** @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {number} status @param {Json} answer @returns {EmbeddedError} */
function refusal(status, answer) {
  /** @type {ErrorData} */
  const data = { status };
  const code = answer.code ?? answer.error;
  const message = answer.message ?? answer.error_description;
  if (typeof code === "string") data.code = code;
  if (typeof message === "string") data.message = message;
  if (Array.isArray(answer.details)) data.details = answer.details;
  if (code === "access_denied") {
    return new EmbeddedError("PolicyDenied", "This passkey was not accepted.", { data });
  }
  if (status === 403) {
    return new EmbeddedError("OperationForbidden", "The service refused this page.", { data });
  }
  return new EmbeddedError("V1ServiceError", sentence(status, code), { data });
}

/** @param {number} status @param {unknown} code @returns {string} */
function sentence(status, code) {
  if (status === 410) return "This link was used before or has expired.";
  if (status === 404) return "This link is not valid.";
  if (status === 429 || status === 503) return "The service is busy: try again in a moment.";
  if (code === "invalid_request") return "This sign-in request is damaged, used, or expired.";
  return `The service answered with status ${status}.`;
}

/** @returns {EmbeddedError} for a 200 that does not hold what the protocol says */
export function unreadable() {
  return new EmbeddedError("V1ServiceError", "The service's answer could not be understood.");
}

/** @param {unknown} value @returns {Json | null} */
export function asObject(value) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? /** @type {Json} */ (value) : null;
}

/** @param {Json} json @param {string} name @returns {Json} */
export function objectIn(json, name) {
  const value = asObject(json[name]);
  if (value === null) throw unreadable();
  return value;
}

/** @param {Json} json @param {string} name @returns {string} */
export function textIn(json, name) {
  const value = json[name];
  if (typeof value !== "string") throw unreadable();
  return value;
}

/** @param {Json} json @param {string} name @returns {string | undefined} undefined for "" too */
export function optionalTextIn(json, name) {
  const value = json[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
