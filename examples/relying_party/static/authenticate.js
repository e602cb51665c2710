/** Where the service sends the browser in automatic invocation: `/bi-authenticate?request=…`. */
import { onClick, say } from "./action.js";
import { embedded, goTo, setting } from "./service.js";
import { inWords } from "./words.js";

const request = location.href;
const button = document.getElementById("continue");
const back = document.getElementById("back");

back.addEventListener("click", async () => {
  try {
    const { redirectUrl } = await embedded.abandon(request);
    goTo(redirectUrl);
  } catch {
    location.assign("/"); // the request may have ended: leaving works all the same
  }
});

/** The request is of no use any more: only leaving is left. */
function end() {
  const hadFocus = document.activeElement === button;
  button.hidden = true;
  back.textContent = "Back to sign-in";
  if (hadFocus) back.focus();
}

try {
  const application = await embedded.getApplication(request);
  if (!setting("own-applications").split(" ").includes(application.id)) {
    throw new Error("The request of another application was brought here.");
  }
  document.getElementById("application").textContent = application.displayName;
  onClick(button, "Your browser asks for your passkey…", async () => {
    try {
      goTo((await embedded.authenticate(request)).redirectUrl);
    } catch (error) {
      if (error.type === "V1ServiceError" && error.data?.status === 400) end();
      throw error;
    }
  });
} catch (error) {
  end();
  say(error.type ? inWords(error) : "This request was not made for this site. Please start again.", "problem");
}
