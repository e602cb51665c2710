import { EmbeddedError } from "./errors.js";
import { asObject } from "./http.js";
import { readAuthenticateUrl, readIssuer } from "./urls.js";

/** @typedef {import("./allowed_domains.js").AllowedDomains} AllowedDomains */

/**
 * What a browser may read of the signed request. It cannot check the signature and need not: the
 * issuer does, and only an issuer on an allowed origin is ever answered.
 *
 * @typedef {object} AuthenticationRequest
 * @property {string} request the JWT as it came
 * @property {string} issuer
 * @property {string} tenantId of the issuer
 * @property {string} realmId of the issuer
 * @property {number} issuedAt epoch seconds
 * @property {number} expiresAt epoch seconds
 * @property {{id: string, displayName: string}} application
 * @property {string} relyingPartyId
 * @property {string} challenge base64url
 * @property {UserVerificationRequirement} userVerification
 * @property {string[]} authMethods what the application offers, such as "email_one_time_password"
 */

/** Devices' clocks differ; the service judges the expiry by its own. */
const CLOCK_LEEWAY_S = 60;
const BASE64URL = /^[A-Za-z0-9_-]{22,1024}$/;
const USER_VERIFICATION = ["required", "preferred", "discouraged"];

/**
 * @param {unknown} url
 * @param {AllowedDomains} allowed
 * @returns {AuthenticationRequest}
 * @throws {EmbeddedError} InvalidUrl
 */
export function readAuthenticationRequest(url, allowed) {
  const request = readAuthenticateUrl(url);
  if (request === null) throw invalid("This is not an authenticate URL.");
  const claims = payloadOf(request);
  const issuer = typeof claims.iss === "string" ? readIssuer(claims.iss) : null;
  if (issuer === null) throw invalid("The request names no issuer of a Keybound service.");
  allowed.check(issuer.origin);
  const { tenantId, realmId } = issuer;
  return { request, issuer: String(claims.iss), tenantId, realmId, ...ceremony(claims) };
}

/**
 * @param {AuthenticationRequest} request
 * @throws {EmbeddedError} InvalidUrl
 */
export function checkNotExpired(request) {
  if (Date.now() / 1000 > request.expiresAt + CLOCK_LEEWAY_S) {
    throw invalid("This sign-in request has expired: start again.");
  }
}

/** @param {{[claim: string]: unknown}} claims */
function ceremony(claims) {
  const { iat, exp, relying_party_id: relyingPartyId, challenge, user_verification: uv } = claims;
  const { id, display_name: displayName } = asObject(claims.application) ?? {};
  if (!Number.isFinite(iat) || !Number.isFinite(exp)) throw damaged();
  if (typeof relyingPartyId !== "string" || relyingPartyId === "") throw damaged();
  if (typeof challenge !== "string" || !BASE64URL.test(challenge)) throw damaged();
  if (typeof uv !== "string" || !USER_VERIFICATION.includes(uv)) throw damaged();
  if (typeof id !== "string" || typeof displayName !== "string") throw damaged();
  return {
    issuedAt: Number(iat),
    expiresAt: Number(exp),
    application: { id, displayName },
    relyingPartyId,
    challenge,
    userVerification: /** @type {UserVerificationRequirement} */ (uv),
    authMethods: methods(claims.authentication_methods),
  };
}

/** @param {unknown} listed @returns {string[]} */
function methods(listed) {
  if (!Array.isArray(listed)) throw damaged();
  const types = listed.map((method) => asObject(method)?.type);
  return types.filter((type) => typeof type === "string");
}

/** @param {string} jwt @returns {{[claim: string]: unknown}} */
function payloadOf(jwt) {
  const parts = jwt.split(".");
  if (parts.length !== 3) throw damaged();
  try {
    const binary = atob((parts[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims = asObject(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    if (claims !== null) return claims;
  } catch {
    // not base64url, not UTF-8 or not JSON: all the same to the person
  }
  throw damaged();
}

/** @param {string} message */
function invalid(message) {
  return new EmbeddedError("InvalidUrl", message);
}

function damaged() {
  return invalid("The request of this authenticate URL is damaged.");
}
