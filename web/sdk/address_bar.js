import { parseUrl } from "./urls.js";

/**
 * Takes a secret out of the address bar, and so out of history, screenshots and referrers.
 *
 * Looks at every value the URL has under that name, well formed or not; a page whose own address
 * does not carry one of them keeps its address.
 *
 * @param {unknown} address the URL that was handed to the SDK
 * @param {"token" | "request"} name
 */
export function removeFromAddressBar(address, name) {
  const given = parseUrl(address);
  const here = new URL(location.href);
  const secrets = new Set(given?.searchParams.getAll(name));
  if (!here.searchParams.getAll(name).some((value) => secrets.has(value))) return;
  here.searchParams.delete(name);
  history.replaceState(history.state, "", here);
}
