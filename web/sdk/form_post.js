import { asObject, objectIn, textIn, unreadable } from "./http.js";
import { isDestination, parseUrl } from "./urls.js";

/** @typedef {import("./http.js").Json} Json */

/**
 * @typedef {object} FormPost
 * @property {string} action where the form goes: the client's redirect URI
 * @property {{[name: string]: string}} parameters code, state and iss, or the error
 */

/**
 * @typedef {object} Destination
 * @property {string} redirectUrl where the page should go next; with formPost, where it should post
 * @property {FormPost} [formPost] only with response_mode=form_post
 */

/**
 * Reads where the page goes next from the issuer's answer.
 *
 * @param {Json} answer
 * @returns {Destination}
 */
export function readDestination(answer) {
  if (answer.form_post === undefined) {
    const redirectUrl = textIn(answer, "redirect_url");
    if (!isDestination(redirectUrl)) throw unreadable();
    return { redirectUrl };
  }
  const form = objectIn(answer, "form_post");
  const action = textIn(form, "action");
  const given = asObject(form.parameters);
  const protocol = parseUrl(action)?.protocol;
  if (given === null || (protocol !== "https:" && protocol !== "http:")) throw unreadable();
  const names = Object.keys(given);
  const parameters = Object.fromEntries(names.map((name) => [name, textIn(given, name)]));
  return { redirectUrl: action, formPost: { action, parameters } };
}

/**
 * Goes where a sign-in led: to the URL, or by posting the form. The page is left either way.
 *
 * @param {Destination} destination
 */
export function follow({ redirectUrl, formPost }) {
  if (formPost === undefined) {
    location.assign(redirectUrl);
    return;
  }
  // Nodes and no HTML text: pages under Trusted Types may call this.
  const form = document.createElement("form");
  form.method = "post";
  form.action = formPost.action;
  form.acceptCharset = "utf-8";
  form.hidden = true;
  for (const [name, value] of Object.entries(formPost.parameters)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form); // whatever an input may be called
}
