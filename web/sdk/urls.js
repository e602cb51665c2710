/**
 * The shapes of the URLs that start a ceremony. Nothing here judges whether a host can be trusted:
 * that is allowed_domains.js.
 */

const HEX_ID = "[0-9a-f]{16}";
const JOB_PATH = new RegExp(
  `^/v1/tenants/(${HEX_ID})/realms/(${HEX_ID})/identities/(${HEX_ID})` +
    `/credential-binding-jobs/(${HEX_ID}):invokeAuthenticator$`,
);
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const ISSUER_PATH = new RegExp(
  `^/v1/tenants/(${HEX_ID})/realms/(${HEX_ID})/applications/${UUID}$`,
);
const ID = new RegExp(`^${HEX_ID}$`);
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,1024}$/;
const REQUEST = /^[A-Za-z0-9._-]{1,8192}$/;
/** Schemes that run, hold or read content instead of naming a place to go to. */
const NEVER_A_PLACE = new Set([
  "about:", "blob:", "data:", "file:", "filesystem:", "javascript:", "vbscript:", "view-source:",
]);

/**
 * @typedef {object} BindingJob
 * @property {string} apiBaseUrl an origin, not judged yet
 * @property {string} jobUrl address of the job: append `:beginBinding` or `:completeBinding`
 * @property {string} jobId
 * @property {string} token the link's secret
 */

/**
 * Reads a binding link, or the address of the app's own /bind page that a link led to.
 *
 * @param {unknown} address
 * @returns {BindingJob | null} null for anything else
 */
export function readBindUrl(address) {
  const url = parse(address);
  return url && (readBindingLink(url) ?? readBindPage(url));
}

/** @param {URL} url @returns {BindingJob | null} */
function readBindingLink(url) {
  const ids = JOB_PATH.exec(url.pathname)?.slice(1);
  const token = only(url, "token", TOKEN);
  return ids && token && isWeb(url) ? bindingJob(url.origin, ids, token) : null;
}

/** @param {URL} url @returns {BindingJob | null} */
function readBindPage(url) {
  if (!endsIn(url, "/bind")) return null;
  const base = only(url, "api_base_url");
  const ids = ["tenant_id", "realm_id", "identity_id", "job_id"].map((name) => only(url, name, ID));
  const token = only(url, "token", TOKEN);
  if (base === null || token === null || !isOrigin(base)) return null;
  return ids.every((id) => id !== null) ? bindingJob(base, ids, token) : null;
}

/** @param {string} apiBaseUrl @param {string[]} ids @param {string} token @returns {BindingJob} */
function bindingJob(apiBaseUrl, ids, token) {
  const [tenant, realm, identity, jobId = ""] = ids;
  const owner = `${apiBaseUrl}/v1/tenants/${tenant}/realms/${realm}/identities/${identity}`;
  return { apiBaseUrl, jobUrl: `${owner}/credential-binding-jobs/${jobId}`, jobId, token };
}

/**
 * Reads the `request` of an authenticate URL, `{invoke_url}/bi-authenticate?request=…`.
 *
 * @param {unknown} address
 * @returns {string | null} null for anything else
 */
export function readAuthenticateUrl(address) {
  const url = parse(address);
  return url && endsIn(url, "/bi-authenticate") ? only(url, "request", REQUEST) : null;
}

/**
 * Reads the session of a one-time password that was asked for: `…/bi-authenticate?request=…&otp=…`.
 *
 * @param {unknown} address
 * @returns {string | null} null for anything else
 */
export function readOtpSession(address) {
  const url = parse(address);
  return url && readAuthenticateUrl(address) !== null ? only(url, "otp", TOKEN) : null;
}

/**
 * @param {string} address an authenticate URL
 * @param {string} session
 * @returns {string} the URL with which the code is redeemed
 */
export function withOtpSession(address, session) {
  const url = new URL(address);
  url.searchParams.set("otp", session);
  return url.href;
}

/**
 * Takes an issuer apart: `{origin}/v1/tenants/{t}/realms/{r}/applications/{a}` and nothing more.
 *
 * @param {string} issuer
 * @returns {{origin: string, tenantId: string, realmId: string} | null}
 */
export function readIssuer(issuer) {
  const url = parseUrl(issuer);
  if (url === null || url.origin + url.pathname !== issuer) return null;
  const [, tenantId, realmId] = ISSUER_PATH.exec(url.pathname) ?? [];
  return tenantId && realmId ? { origin: url.origin, tenantId, realmId } : null;
}

/**
 * Whether a page may go there; a URL that runs as script is never handed on.
 *
 * @param {string} address
 */
export function isDestination(address) {
  const url = parseUrl(address);
  return url !== null && !NEVER_A_PLACE.has(url.protocol);
}

/** @param {unknown} address absolute @returns {URL | null} */
export function parseUrl(address) {
  try {
    return typeof address === "string" ? new URL(address) : null;
  } catch {
    return null; // URL.parse is younger than some browsers that only ask isBindPasskeyUrl
  }
}

/** @param {unknown} address @returns {URL | null} without credentials, and no script */
function parse(address) {
  const url = parseUrl(address);
  if (url === null || NEVER_A_PLACE.has(url.protocol)) return null;
  return url.username === "" && url.password === "" ? url : null;
}

/** @param {URL} url */
function isWeb(url) {
  return url.protocol === "https:" || url.protocol === "http:";
}

/** @param {string} text */
function isOrigin(text) {
  const url = parseUrl(text);
  return url !== null && isWeb(url) && url.origin === text;
}

/** In `myapp://bind?…` the last word is the host. @param {URL} url @param {string} end */
function endsIn(url, end) {
  return (isWeb(url) ? url.pathname : `/${url.host}${url.pathname}`).endsWith(end);
}

/** @param {URL} url @param {string} name @param {RegExp} [shape] @returns {string | null} */
function only(url, name, shape = /./) {
  const [value, ...more] = url.searchParams.getAll(name);
  return value !== undefined && more.length === 0 && shape.test(value) ? value : null;
}
