import { removeFromAddressBar } from "./address_bar.js";
import { checkNotExpired, readAuthenticationRequest } from "./authentication_request.js";
import { checkPasskeysWork, getAssertion } from "./ceremonies.js";
import { EmbeddedError } from "./errors.js";
import { readDestination } from "./form_post.js";
import { optionalTextIn, postJson } from "./http.js";
import { findPasskey } from "./passkey_store.js";
import { signalPasskeys } from "./signals.js";

/** @typedef {import("./allowed_domains.js").AllowedDomains} AllowedDomains */
/** @typedef {import("./authentication_request.js").AuthenticationRequest} AuthenticationRequest */
/** @typedef {import("./form_post.js").Destination} Destination */
/** @typedef {import("./form_post.js").FormPost} FormPost */
/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./passkey_store.js").Passkey} Passkey */

/**
 * @typedef {object} AuthenticateResponse
 * @property {string} redirectUrl where the page should go next: carries code and state
 * @property {FormPost} [formPost] with response_mode=form_post, what is posted to redirectUrl instead;
 *   `follow` does either
 * @property {string} [message] from the service, for the person
 * @property {Passkey} [passkey] the one that signed in, if this device keeps it in its list
 * @property {string} [passkeyBindingToken] after a one-time password: makes one binding link
 */

/**
 * Signs in with a passkey.
 *
 * @param {string} url
 * @param {string | undefined} passkeyId either id of one in the list; else the person chooses
 * @param {AllowedDomains} allowed
 * @param {Log} log
 * @param {AbortSignal} [signal]
 * @returns {Promise<AuthenticateResponse>}
 */
export async function authenticate(url, passkeyId, allowed, log, signal) {
  removeFromAddressBar(url, "request");
  const request = readAuthenticationRequest(url, allowed);
  checkNotExpired(request);
  checkPasskeysWork();
  const chosen = passkeyId === undefined ? null : passkeyFor(request, passkeyId);
  log.write("sign-in begins", request.application.id);
  const credential = await getAssertion(request, chosen, signal);
  return finish(request, credential, log);
}

/**
 * Sends the assertion to the issuer. A refusal says nothing about why, so it never makes the SDK
 * tell the browser that the passkey is unknown: that could remove a good one.
 *
 * @param {AuthenticationRequest} request
 * @param {AuthenticationResponseJSON} credential
 * @param {Log} log
 * @returns {Promise<AuthenticateResponse>}
 */
export async function finish({ issuer, request, application }, credential, log) {
  const answer = await postJson(`${issuer}/authenticate`, { request, credential });
  log.write("signed in", application.id);
  await signalPasskeys(answer);
  const passkey = findPasskey(credential.id)?.passkey;
  const message = optionalTextIn(answer, "message");
  return {
    ...readDestination(answer),
    ...(message === undefined ? {} : { message }),
    ...(passkey === undefined ? {} : { passkey }),
  };
}

/**
 * Tells the issuer that the person does not want to sign in.
 *
 * @param {string} url
 * @param {AllowedDomains} allowed
 * @param {Log} log
 * @returns {Promise<Destination>} carries `error=access_denied` and the state
 */
export async function abandon(url, allowed, log) {
  removeFromAddressBar(url, "request");
  const { issuer, request, application } = readAuthenticationRequest(url, allowed);
  const answer = await postJson(`${issuer}/authenticate`, { request, error: "access_denied" });
  log.write("sign-in abandoned", application.id);
  return readDestination(answer);
}

/**
 * @param {AuthenticationRequest} request
 * @param {string} id
 * @returns {{id: string, transports: string[]}}
 */
function passkeyFor({ tenantId, realmId }, id) {
  const stored = findPasskey(id);
  if (stored?.passkey.realm.id !== realmId || stored.passkey.tenant.id !== tenantId) {
    throw new EmbeddedError("CredentialNotFound", "This device has no such passkey for the realm.");
  }
  return { id: stored.passkey.id, transports: stored.transports };
}
