/**
 * The one error class of the SDK.
 *
 * @typedef {"InvalidConfiguration" | "InvalidUrl" | "CredentialNotFound"
 *   | "SelectCredentialCanceled" | "BiometricsCanceled" | "BiometricsNotAvailable"
 *   | "CeremonyAborted" | "DuplicateCredential" | "PolicyDenied" | "OperationForbidden"
 *   | "V1ServiceError" | "NetworkError"} ErrorType
 *
 * InvalidConfiguration      initialize() got something else than exact origins, or the relying
 *                           party id does not fit the page's own host
 * InvalidUrl                malformed, expired, or naming a host outside allowedDomains
 * CredentialNotFound        no such passkey on this device for this realm
 * SelectCredentialCanceled  the person closed the sign-in prompt, it timed out, or no passkey fits
 * BiometricsCanceled        the person closed the prompt that makes a passkey, or it timed out
 * BiometricsNotAvailable    this browser or device cannot do what was asked
 * CeremonyAborted           the page stopped the prompt, or a newer one took its place
 * DuplicateCredential       this authenticator already holds a passkey for this identity
 * PolicyDenied              the service refused the passkey
 * OperationForbidden        the service does not let this page do that (HTTP 403)
 * V1ServiceError            any other answer of the service; `data` has its status and code
 * NetworkError              no answer, or one that CORS keeps from this page
 */

/**
 * What the service said, where it said something.
 *
 * @typedef {object} ErrorData
 * @property {number} [status] HTTP status
 * @property {string} [code] `code` of a management error, or `error` of an OAuth one
 * @property {string} [message] the service's own words
 * @property {unknown[]} [details]
 */

export class EmbeddedError extends Error {
  /**
   * @param {ErrorType} type
   * @param {string} message one sentence; holds no token, challenge or key
   * @param {{data?: ErrorData, cause?: unknown}} [more]
   */
  constructor(type, message, { data, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EmbeddedError";
    /** @type {ErrorType} */
    this.type = type;
    /** @type {ErrorData | undefined} */
    this.data = data;
  }
}
