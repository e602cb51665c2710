/**
 * The browser SDK of Keybound: bind a passkey, sign in with it. Plain ES modules, no build step.
 */
import { AllowedDomains } from "./allowed_domains.js";
import { abandon, authenticate } from "./authentication.js";
import { readAuthenticationRequest } from "./authentication_request.js";
import { authenticateWithAutofill } from "./autofill.js";
import { bindPasskey } from "./binding.js";
import { follow } from "./form_post.js";
import { silentLog } from "./log.js";
import { askForOtp, authenticationContext, redeemOtp } from "./one_time_password.js";
import { forgetPasskey, readPasskeys } from "./passkey_store.js";
import { cancelTurn } from "./turns.js";
import { readAuthenticateUrl, readBindUrl } from "./urls.js";

export { EmbeddedError } from "./errors.js";
export { ConsoleLog } from "./log.js";

/** @typedef {import("./authentication.js").AuthenticateResponse} AuthenticateResponse */
/** @typedef {import("./autofill.js").UrlSupply} UrlSupply */
/** @typedef {import("./binding.js").BindOptions} BindOptions */
/** @typedef {import("./binding.js").BindPasskeyResponse} BindPasskeyResponse */
/** @typedef {import("./form_post.js").Destination} Destination */
/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./one_time_password.js").AuthenticationContext} AuthenticationContext */
/** @typedef {import("./one_time_password.js").OtpChallenge} OtpChallenge */
/** @typedef {import("./passkey_store.js").Passkey} Passkey */

export class Embedded {
  #allowed;
  #log;

  /**
   * Use `Embedded.initialize`.
   *
   * @private
   * @param {AllowedDomains} allowed
   * @param {Log} log
   */
  constructor(allowed, log) {
    this.#allowed = allowed;
    this.#log = log;
  }

  /**
   * @param {{allowedDomains: string[], logger?: Log}} config allowedDomains: the exact origins of
   *   the service, such as "https://auth.example.com"; nothing else is ever spoken to
   * @returns {Promise<Embedded>}
   * @throws {EmbeddedError} InvalidConfiguration
   */
  static async initialize(config) {
    return new Embedded(new AllowedDomains(config?.allowedDomains), config.logger ?? silentLog);
  }

  /**
   * Whether the URL has the shape of a binding link or of the /bind page it leads to.
   *
   * @param {unknown} url
   * @returns {boolean}
   */
  static isBindPasskeyUrl(url) {
    return readBindUrl(url) !== null;
  }

  /**
   * Whether the URL has the shape `…/bi-authenticate?request=…`.
   *
   * @param {unknown} url
   * @returns {boolean}
   */
  static isAuthenticateUrl(url) {
    return readAuthenticateUrl(url) !== null;
  }

  /** @param {unknown} url @returns {boolean} */
  isBindPasskeyUrl(url) {
    return Embedded.isBindPasskeyUrl(url);
  }

  /** @param {unknown} url @returns {boolean} */
  isAuthenticateUrl(url) {
    return Embedded.isAuthenticateUrl(url);
  }

  /**
   * Makes a passkey on this device for the identity that the link belongs to.
   *
   * Call it while the person is clicking. The link's token leaves the address bar first.
   *
   * @param {string} url
   * @param {BindOptions} [options]
   * @returns {Promise<BindPasskeyResponse>}
   * @throws {EmbeddedError}
   */
  async bindPasskey(url, options = {}) {
    return bindPasskey(url, this.#allowed, this.#log, options);
  }

  /**
   * Signs in. Call it while the person is clicking.
   *
   * @param {string} url
   * @param {string} [passkeyId] `id` or `passkeyId` of one of getPasskeys(); left out, the person
   *   chooses among all passkeys
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<AuthenticateResponse>}
   * @throws {EmbeddedError} after SelectCredentialCanceled the URL may be tried again or abandoned
   */
  async authenticate(url, passkeyId, { signal } = {}) {
    return authenticate(url, passkeyId, this.#allowed, this.#log, signal);
  }

  /**
   * Offers passkeys in the autofill of an input with `autocomplete="username webauthn"`. Settles
   * when one is used, when another ceremony begins, or when it is cancelled.
   *
   * @param {UrlSupply} supplyUrl gives a fresh authenticate URL, each time it is called
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<AuthenticateResponse>}
   * @throws {EmbeddedError}
   */
  async authenticateWithAutofill(supplyUrl, { signal } = {}) {
    return authenticateWithAutofill(supplyUrl, this.#allowed, this.#log, signal);
  }

  /**
   * Has a code mailed to the address, if somebody signs in by it; nobody is told whether. The same
   * URL may be used again for another code, which voids the one before.
   *
   * @param {string} url
   * @param {string} email
   * @returns {Promise<OtpChallenge>} the URL that redeemOtp() wants; it belongs to this page
   * @throws {EmbeddedError} V1ServiceError with status 429: wait, then ask again
   */
  async authenticateOtp(url, email) {
    return askForOtp(url, email, this.#allowed, this.#log);
  }

  /**
   * Signs in with the code that was mailed.
   *
   * @param {string} url of authenticateOtp(), or of redeemOtp() after a wrong code
   * @param {string} otp as typed; spaces do not matter
   * @returns {Promise<AuthenticateResponse | OtpChallenge>} `{url}` after a wrong code: try that one.
   *   A `redirectUrl` when it was right, and `passkeyBindingToken`
   * @throws {EmbeddedError} V1ServiceError when no code can be right any more: start again
   */
  async redeemOtp(url, otp) {
    return redeemOtp(url, otp, this.#allowed, this.#log);
  }

  /**
   * What the request is about, and how one may answer it. Text to display, not to trust.
   *
   * @param {string} url
   * @returns {Promise<AuthenticationContext>}
   * @throws {EmbeddedError} InvalidUrl
   */
  async getAuthenticationContext(url) {
    return authenticationContext(url, this.#allowed);
  }

  /**
   * Ends a sign-in that the person does not want, so that the application learns of it.
   *
   * @param {string} url
   * @returns {Promise<Destination>} carries `error=access_denied`
   * @throws {EmbeddedError}
   */
  async abandon(url) {
    return abandon(url, this.#allowed, this.#log);
  }

  /**
   * Goes where authenticate(), authenticateWithAutofill() or abandon() led: to the URL, or, when the
   * client asked for response_mode=form_post, by posting a form. The page is left.
   *
   * @param {Destination} destination
   */
  follow(destination) {
    follow(destination);
  }

  /** Stops this page's pending passkey prompt or autofill offer: it ends with CeremonyAborted. */
  cancel() {
    cancelTurn();
  }

  /**
   * The application that asks for the sign-in, to show its name. Text to display, not to trust.
   *
   * @param {string} url
   * @returns {Promise<{id: string, displayName: string}>}
   * @throws {EmbeddedError} InvalidUrl
   */
  async getApplication(url) {
    return readAuthenticationRequest(url, this.#allowed).application;
  }

  /** @returns {Promise<Passkey[]>} those that were bound in this browser, in that order */
  async getPasskeys() {
    return readPasskeys().map(({ passkey }) => passkey);
  }

  /**
   * Removes a passkey from this browser's list. The authenticator and the service keep it.
   *
   * @param {string} id `id` or `passkeyId`; an unknown one changes nothing
   * @returns {Promise<void>}
   */
  async deletePasskey(id) {
    forgetPasskey(id);
  }
}
