/** Signing in by a code that comes by mail: asks for the address, then for the code. */
import { EmbeddedError } from "/sdk/embedded.js";
import { onClick, onSubmit, say } from "./action.js";
import { post } from "./back_end.js";
import { embedded, goTo } from "./service.js";
import { Told } from "./words.js";

/** The service mails at most so many codes for one request. */
const MAILS = 3;
const BAD_ADDRESS = "No mail can be sent to this address. Please check it.";
const WAIT = "Too many codes were asked for. Wait half a minute, then ask again.";
const WRONG = "That is not the code. Look at the newest mail, and type its six digits.";
const OVER = "This code cannot be used any more: it has expired, or was tried too often. Ask for another one.";

const askForm = document.getElementById("ask-code");
const enterForm = document.getElementById("enter-code");
const email = document.getElementById("email");
const code = document.getElementById("code");
const anotherCode = document.getElementById("another-code");

/**
 * Puts the two forms to work.
 *
 * @param {() => Promise<string>} supplyUrl gives an authenticate URL that was not answered yet;
 *   rejects when this page has no more of them
 */
export function takeCodes(supplyUrl) {
  let url = "";
  let asked = 0;
  let redeemUrl = ""; // holds what only this page was given: it never gets into a link

  async function ask() {
    if (url === "" || asked === MAILS) [url, asked] = [await supplyUrl(), 0];
    try {
      redeemUrl = (await embedded.authenticateOtp(url, email.value)).url;
    } catch (error) {
      if (asked === 0 || !isOver(error)) throw inWordsOfCodes(error);
      url = ""; // the request has ended, so another one asks
      return ask();
    }
    asked += 1;
  }

  onSubmit(askForm, "Asking for a code…", async () => {
    if (!email.value.trim() || !email.validity.valid) refuse(email, "Please type your e-mail address.");
    await ask().catch((error) => refuse(email, error));
    document.getElementById("address").textContent = email.value.trim();
    show(enterForm, code);
    say("", "done");
  });

  onClick(anotherCode, "Asking for another code…", async () => {
    await ask();
    accept(code);
    code.value = "";
    code.focus();
    say("Another code is on its way. The one before works no longer.", "done");
  });

  onClick(document.getElementById("another-address"), "", async () => show(askForm, email));

  onSubmit(enterForm, "Looking at the code…", async () => {
    const typed = code.value.replace(/\s/g, "");
    if (!/^\d{6}$/.test(typed)) refuse(code, "A code has six digits. It is in the mail that we sent.");
    if (redeemUrl === "") throw over();
    const answer = await embedded.redeemOtp(redeemUrl, typed).catch((error) => {
      if (!isOver(error)) throw inWordsOfCodes(error);
      [url, redeemUrl] = ["", ""];
      throw over();
    });
    if (!("redirectUrl" in answer)) refuse(code, WRONG);
    accept(code);
    await keepToken(answer);
    say("You are in.", "done");
    goTo(answer.redirectUrl);
  });
}

/** Our back end keeps it for the account page; without it only the offer of a passkey is lost. */
async function keepToken({ redirectUrl, passkeyBindingToken }) {
  if (!passkeyBindingToken) return;
  const state = new URL(redirectUrl).searchParams.get("state") ?? "";
  const form = { state, passkey_binding_token: passkeyBindingToken };
  await post("/sign-in/code/token", { form }).catch(() => {});
}

/** @param {HTMLFormElement} form @param {HTMLInputElement} field */
function show(form, field) {
  askForm.hidden = form !== askForm;
  enterForm.hidden = form !== enterForm;
  accept(field);
  field.value = form === enterForm ? "" : field.value;
  field.focus();
}

/** Marks the field, brings the person to it, and ends what was begun. */
function refuse(field, why) {
  field.setAttribute("aria-invalid", "true");
  field.focus();
  field.select();
  throw typeof why === "string" ? new Told(why) : why;
}

function accept(field) {
  field.removeAttribute("aria-invalid");
}

function over() {
  code.value = "";
  anotherCode.focus();
  return new Told(OVER);
}

/** @param {unknown} error */
function isOver(error) {
  if (!(error instanceof EmbeddedError)) return false;
  const { status, code } = error.data ?? {};
  return error.type === "InvalidUrl" || (status === 400 && code === "invalid_request");
}

/** @param {unknown} error @returns {unknown} */
function inWordsOfCodes(error) {
  if (!(error instanceof EmbeddedError)) return error;
  if (error.data?.status === 429) return new Told(WAIT);
  if (error.data?.code === "invalid_request") return new Told(BAD_ADDRESS);
  if (error.type === "PolicyDenied") return new Told("Nobody can sign in here by this code.");
  return error;
}
