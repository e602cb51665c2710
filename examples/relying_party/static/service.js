/** The SDK, told once which service this application trusts. */
import { Embedded } from "/sdk/embedded.js";

/** @param {string} name */
export const setting = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

export const embedded = await Embedded.initialize({
  allowedDomains: [setting("keybound-auth-origin")],
});

/**
 * Go where the service says, if that is on this site: these pages never send anybody elsewhere.
 *
 * @param {string} url
 */
export function goTo(url) {
  const target = new URL(url, location.origin);
  if (target.origin !== location.origin) throw new Error("The answer leads away from this site.");
  location.assign(target);
}
