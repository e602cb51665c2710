import { removeFromAddressBar } from "./address_bar.js";
import { checkNotExpired, readAuthenticationRequest } from "./authentication_request.js";
import { EmbeddedError } from "./errors.js";
import { readDestination } from "./form_post.js";
import { postJson, textIn } from "./http.js";
import { readOtpSession, withOtpSession } from "./urls.js";

/** @typedef {import("./allowed_domains.js").AllowedDomains} AllowedDomains */
/** @typedef {import("./authentication.js").AuthenticateResponse} AuthenticateResponse */
/** @typedef {import("./log.js").Log} Log */

/**
 * @typedef {object} OtpChallenge
 * @property {string} url for redeemOtp(); holds what only this page was given
 */

/**
 * @typedef {object} AuthenticationContext
 * @property {string} authUrl the issuer that will be spoken to
 * @property {{type: string}[]} authMethods what the application offers, in its order
 * @property {{id: string, displayName: string}} application
 * @property {Origin} origin empty: the service says nothing of who began the request
 */

/**
 * @typedef {object} Origin
 * @property {string} [sourceIp]
 * @property {string} [userAgent]
 * @property {string} [geolocation]
 * @property {string} [referer]
 */

const WRONG_CODE = "invalid_one_time_password";

/**
 * Asks for a code by mail.
 *
 * @param {string} url
 * @param {string} email
 * @param {AllowedDomains} allowed
 * @param {Log} log
 * @returns {Promise<OtpChallenge>}
 */
export async function askForOtp(url, email, allowed, log) {
  removeFromAddressBar(url, "request");
  const asked = readAuthenticationRequest(url, allowed);
  checkNotExpired(asked);
  const { issuer, request, application } = asked;
  const answer = await postJson(`${issuer}/otp`, { request, email: email.trim() });
  log.write("one-time password asked for", application.id);
  return { url: withOtpSession(url, textIn(answer, "otp_session")) };
}

/**
 * Sends the code to the issuer. How long the request may still be answered is for the issuer to
 * say: a code outlives the request that it was asked for with.
 *
 * @param {string} url
 * @param {string} otp
 * @param {AllowedDomains} allowed
 * @param {Log} log
 * @returns {Promise<AuthenticateResponse | OtpChallenge>}
 */
export async function redeemOtp(url, otp, allowed, log) {
  const session = readOtpSession(url);
  if (session === null) {
    throw new EmbeddedError("InvalidUrl", "This is not a URL of authenticateOtp().");
  }
  const { issuer, request, application } = readAuthenticationRequest(url, allowed);
  const body = { request, otp_session: session, code: otp.replace(/\s/g, "") };
  try {
    const answer = await postJson(`${issuer}/otp/redeem`, body);
    log.write("signed in by one-time password", application.id);
    const passkeyBindingToken = textIn(answer, "passkey_binding_token");
    return { ...readDestination(answer), passkeyBindingToken };
  } catch (error) {
    if (error instanceof EmbeddedError && error.data?.code === WRONG_CODE) return { url };
    throw error;
  }
}

/**
 * @param {string} url
 * @param {AllowedDomains} allowed
 * @returns {AuthenticationContext}
 */
export function authenticationContext(url, allowed) {
  const { issuer, application, authMethods } = readAuthenticationRequest(url, allowed);
  return {
    authUrl: issuer,
    authMethods: authMethods.map((type) => ({ type })),
    application,
    origin: {},
  };
}
