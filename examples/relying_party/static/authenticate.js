/** Where the service sends the browser in automatic invocation: `/bi-authenticate?request=…`. */
import { onClick, say } from "./action.js";
import { takeCodes } from "./one_time_code.js";
import { embedded, goTo, setting } from "./service.js";
import { inWords, Told } from "./words.js";

const request = location.href;
const button = document.getElementById("continue");
const back = document.getElementById("back");
const byCode = document.getElementById("by-code");
const offer = document.getElementById("offer-code");

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
  const hadFocus = document.activeElement === button || byCode.contains(document.activeElement);
  for (const part of [button, byCode, offer]) part.hidden = true;
  back.textContent = "Back to sign-in";
  if (hadFocus) back.focus();
}

/** This page has one request, and so one answer. */
function offerCode() {
  const urls = [request];
  takeCodes(async () => {
    const url = urls.pop();
    if (url) return url;
    end();
    throw new Told("This took too long, or was tried too often. Please start again.");
  });
  document.getElementById("use-code").addEventListener("click", () => {
    embedded.cancel();
    [button.hidden, offer.hidden, byCode.hidden] = [true, true, false];
    document.getElementById("title").textContent = "Continue with a code";
    say("", "done");
    document.getElementById("email").focus();
  });
  offer.hidden = false;
}

try {
  const { application, authMethods } = await embedded.getAuthenticationContext(request);
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
  if (authMethods.some(({ type }) => type === "email_one_time_password")) offerCode();
} catch (error) {
  end();
  say(error.type ? inWords(error) : "This request was not made for this site. Please start again.", "problem");
}
