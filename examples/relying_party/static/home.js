/** The first page: sign in by button, in either invocation, or by the field's autofill. */
import { onClick, say } from "./action.js";
import { freshAuthenticateUrl } from "./back_end.js";
import { embedded, goTo } from "./service.js";
import { inWords } from "./words.js";

const WAITING = "Your browser asks for your passkey…";
const chosen = () => document.querySelector('input[name="invocation"]:checked').value;

const button = document.getElementById("sign-in");

onClick(button, WAITING, async () => {
  if (chosen() === "automatic") return location.assign("/sign-in/automatic");
  try {
    const { redirectUrl } = await embedded.authenticate(await freshAuthenticateUrl());
    goTo(redirectUrl);
  } catch (error) {
    offerInField(); // the button's prompt had taken the place of the field's offer
    throw error;
  }
});

async function offerInField() {
  try {
    const { redirectUrl } = await embedded.authenticateWithAutofill(freshAuthenticateUrl);
    goTo(redirectUrl);
  } catch (error) {
    // Not asked for by anybody, so only a passkey that was chosen and refused is worth a word.
    if (error.type === "PolicyDenied") say(inWords(error), "problem");
  }
}

function showChosen() {
  for (const note of document.querySelectorAll(".switch [data-for]")) {
    note.hidden = note.dataset.for !== chosen();
  }
}

document.getElementById("autofill").addEventListener("keydown", (event) => {
  if (event.key === "Enter") button.click();
});
document.querySelector(".switch").addEventListener("change", showChosen);
document.getElementById("sign-in-instead")?.addEventListener("click", (event) => {
  event.preventDefault();
  button.focus();
});
document.getElementById("problem")?.focus();
showChosen();
offerInField();
