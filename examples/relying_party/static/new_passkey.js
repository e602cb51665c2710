/** Makes a passkey: the link comes from our back end when the button is pressed, and is used at once. */
import { onClick, say } from "./action.js";
import { post } from "./back_end.js";
import { embedded, goTo } from "./service.js";

const name = document.getElementById("passkey-name");

onClick(document.getElementById("create"), "Your browser asks you to make a passkey…", async () => {
  const { link } = await post("/passkey/link");
  const displayName = name.value.trim();
  const made = await embedded.bindPasskey(link, displayName ? { displayName } : {});
  say("Your passkey is ready.", "done");
  goTo(made.postBindingRedirectUri ?? "/passkey/created");
});
