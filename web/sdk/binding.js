import { removeFromAddressBar } from "./address_bar.js";
import { checkPasskeysWork, createPasskey } from "./ceremonies.js";
import { EmbeddedError } from "./errors.js";
import { objectIn, optionalTextIn, postJson, textIn } from "./http.js";
import { storePasskey } from "./passkey_store.js";
import { signalPasskeys } from "./signals.js";
import { isDestination, readBindUrl } from "./urls.js";

/** @typedef {import("./allowed_domains.js").AllowedDomains} AllowedDomains */
/** @typedef {import("./http.js").Json} Json */
/** @typedef {import("./passkey_store.js").Passkey} Passkey */
/** @typedef {import("./urls.js").BindingJob} BindingJob */

/**
 * @typedef {object} BindPasskeyResponse
 * @property {Passkey} passkey
 * @property {string} [message] from the service, for the person
 * @property {string} [postBindingRedirectUri] where the page should go next; the SDK goes nowhere
 */

/**
 * @typedef {object} BindOptions
 * @property {string} [displayName] name of the passkey in lists
 * @property {AbortSignal} [signal]
 */

/**
 * Binds a passkey to the identity that a link was made for.
 *
 * @param {string} url the link, or the address of the page it led to
 * @param {AllowedDomains} allowed
 * @param {import("./log.js").Log} log
 * @param {BindOptions} options
 * @returns {Promise<BindPasskeyResponse>}
 */
export async function bindPasskey(url, allowed, log, { displayName, signal }) {
  removeFromAddressBar(url, "token");
  const job = readBindUrl(url);
  if (job === null) throw new EmbeddedError("InvalidUrl", "This is no link that binds a passkey.");
  allowed.check(job.apiBaseUrl);
  checkPasskeysWork();
  log.write("binding begins", job.jobId);
  const bearer = job.token;
  const begun = await postJson(`${job.jobUrl}:beginBinding`, {}, { bearer, ...given({ signal }) });
  const account = describeAccount(begun);
  const credential = await createPasskey(objectIn(begun, "public_key"), signal);
  const completed = await complete(job, {
    binding_session: textIn(begun, "binding_session"),
    credential,
    ...given({ display_name: displayName }),
  });
  const passkey = { id: credential.id, ...describeCredential(completed), ...account };
  const kept = storePasskey({ passkey, transports: credential.response.transports ?? [] });
  log.write("passkey bound", passkey.passkeyId, kept ? "" : "(this browser keeps no list)");
  await signalPasskeys(completed);
  const uri = optionalTextIn(completed, "post_binding_redirect_uri");
  return {
    passkey,
    ...given({
      message: optionalTextIn(completed, "message"),
      postBindingRedirectUri: uri !== undefined && isDestination(uri) ? uri : undefined,
    }),
  };
}

/**
 * @param {BindingJob} job
 * @param {Json} body
 * @returns {Promise<Json>}
 */
async function complete(job, body) {
  try {
    // Not abortable: once it left, only its answer tells whether the link is spent.
    return await postJson(`${job.jobUrl}:completeBinding`, body, { bearer: job.token });
  } catch (error) {
    if (!(error instanceof EmbeddedError) || error.data?.status !== 409) throw error;
    const { data } = error;
    throw new EmbeddedError("DuplicateCredential", "This passkey is registered already.", {
      ...given({ data }),
      cause: error,
    });
  }
}

/**
 * @param {Json} completed
 * @returns {Pick<Passkey, "passkeyId" | "created" | "state" | "keyType">}
 */
function describeCredential(completed) {
  const credential = objectIn(completed, "credential");
  return {
    passkeyId: textIn(credential, "id"),
    created: textIn(credential, "create_time"),
    state: credential.state === "ACTIVE" ? "Active" : "Unknown",
    keyType: "webauthn",
  };
}

/**
 * Read before the prompt: an answer that cannot be understood must not cost the person a passkey.
 *
 * @param {Json} begun
 * @returns {Pick<Passkey, "tenant" | "realm" | "identity" | "theme">}
 */
function describeAccount(begun) {
  const identity = objectIn(begun, "identity");
  const theme = objectIn(begun, "theme");
  return {
    tenant: named(objectIn(begun, "tenant")),
    realm: named(objectIn(begun, "realm")),
    identity: {
      id: textIn(identity, "id"),
      username: textIn(identity, "username"),
      ...given({
        displayName: optionalTextIn(identity, "display_name"),
        emailAddress: optionalTextIn(identity, "primary_email_address"),
      }),
    },
    theme: {
      logoUrlLight: optionalTextIn(theme, "logo_url_light") ?? "",
      logoUrlDark: optionalTextIn(theme, "logo_url_dark") ?? "",
      ...given({ supportUrl: optionalTextIn(theme, "support_url") }),
    },
  };
}

/** @param {Json} json */
function named(json) {
  return { id: textIn(json, "id"), displayName: textIn(json, "display_name") };
}

/**
 * Leaves out the members that are undefined.
 *
 * @template {object} T
 * @param {T} members
 * @returns {{[K in keyof T]?: Exclude<T[K], undefined>}}
 */
function given(members) {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {{[K in keyof T]?: Exclude<T[K], undefined>}} */ (Object.fromEntries(entries));
}
