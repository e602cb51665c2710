import { EmbeddedError } from "./errors.js";
import { parseUrl } from "./urls.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The origins that the SDK may talk to. Every link and request carries the address to answer to,
 * and whoever wrote it may be lying: a genuine challenge relayed under a forged address would hand
 * a valid assertion to the forger. So addresses are compared with this list before anything else.
 */
export class AllowedDomains {
  /** @type {ReadonlySet<string>} */
  #origins;

  /**
   * @param {unknown} origins exact origins, such as "https://auth.example.com"
   * @throws {EmbeddedError} InvalidConfiguration
   */
  constructor(origins) {
    if (!Array.isArray(origins) || origins.length === 0) {
      throw new EmbeddedError(
        "InvalidConfiguration",
        "allowedDomains is required: the exact origins of your Keybound service.",
      );
    }
    this.#origins = new Set(origins.map(exactOrigin));
  }

  /**
   * @param {string} origin
   * @throws {EmbeddedError} InvalidUrl
   */
  check(origin) {
    if (!this.#origins.has(origin)) {
      throw new EmbeddedError("InvalidUrl", `${origin} is not one of the allowed domains.`);
    }
  }
}

/** @param {unknown} value @returns {string} */
function exactOrigin(value) {
  const url = parseUrl(value);
  if (url === null || url.origin !== value || !isConfidential(url)) {
    throw new EmbeddedError(
      "InvalidConfiguration",
      `allowedDomains holds exact origins like https://auth.example.com, not ${String(value)}.`,
    );
  }
  return url.origin;
}

/** Binding tokens travel to this origin: https, or this very machine. @param {URL} url */
function isConfidential(url) {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}
