/** Our own back end, for scripts. It holds the secrets; this page gets links and addresses. */
import { setting } from "./service.js";

/** What the back end said went wrong; `message` is in words for the person. */
export class BackEndError extends Error {}

/**
 * @param {string} path
 * @param {{form?: {[name: string]: string}, signal?: AbortSignal}} [options]
 * @returns {Promise<{[member: string]: string}>}
 * @throws {BackEndError | TypeError} TypeError when there is no answer
 */
export async function post(path, { form, signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": setting("csrf-token") };
  const body = new URLSearchParams(form);
  const response = await fetch(path, { method: "POST", headers, body, signal });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new BackEndError(answer.message ?? "This did not work. Please try again.");
  return answer;
}

/**
 * Manual invocation: our back end begins a sign-in, and the service answers this page's fetch with
 * the authenticate URL instead of sending the browser there.
 *
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<string>}
 */
export async function freshAuthenticateUrl({ signal } = {}) {
  const { authorize_url: authorizeUrl } = await post("/sign-in/manual", { signal });
  const response = await fetch(authorizeUrl, { credentials: "omit", cache: "no-store", signal });
  const answer = await response.json();
  if (!response.ok) throw new BackEndError("The passkey service refused to begin a sign-in.");
  return answer.authenticate_url;
}
