/** The page that a mailed link leads to: `/bind?api_base_url=…&token=…`. */
import { onClick, say } from "./action.js";
import { embedded, goTo } from "./service.js";
import { Told } from "./words.js";

// The token is a secret: out of the address bar, and so out of the history, before anything else.
const link = location.href;
history.replaceState(null, "", location.pathname);

const TAKEN =
  "This account has a passkey by now, and this link was for the first one. Sign in with that passkey, then add another one from your account.";
const button = document.getElementById("create");

if (embedded.isBindPasskeyUrl(link)) {
  onClick(button, "Your browser asks you to make a passkey…", async () => {
    const made = await embedded.bindPasskey(link).catch((error) => {
      throw error.type === "OperationForbidden" ? new Told(TAKEN) : error;
    });
    say("Your passkey is ready.", "done");
    goTo(made.postBindingRedirectUri ?? "/bind/done");
  });
} else {
  button.hidden = true;
  say("This page needs the link you were sent. Open it again from your mail, all of it.", "problem");
}
