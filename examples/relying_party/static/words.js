/** Errors in words that tell a person what happened and what to do now. */
import { EmbeddedError } from "/sdk/embedded.js";
import { BackEndError } from "./back_end.js";

const UNREACHABLE = "The passkey service cannot be reached. Check your connection and try again.";

/** An error that says all there is to say to the person. */
export class Told extends Error {}

const BY_TYPE = {
  SelectCredentialCanceled:
    "No passkey was used. You closed the prompt, it timed out, or this device has no passkey for this site. Try again, or sign up if you are new.",
  CredentialNotFound: "This device has no passkey for this site. Use another device, or sign up if you are new.",
  BiometricsCanceled: "No passkey was made: the prompt was closed or timed out. Try again when you are ready.",
  BiometricsNotAvailable: "This browser or device cannot use passkeys. Try a newer browser, or your phone.",
  DuplicateCredential: "This device already has a passkey for this account. You can sign in with it.",
  PolicyDenied: "This passkey was not accepted. It may have been removed from the account. Try another one.",
  OperationForbidden: "The passkey service does not answer this page. Please tell whoever runs this site.",
  InvalidUrl: "This link or request is not valid any more. Please start again.",
  InvalidConfiguration: "This site is not set up for passkeys at this address. Open it by its usual name.",
  NetworkError: UNREACHABLE,
};

const BY_STATUS = {
  400: "This took too long, or it was done already. Please start again.",
  404: "This link is not valid. Check that you opened all of it, or ask for a new one.",
  410: "This link has expired or was used before. Ask for a new one.",
  429: "Too many attempts. Wait a moment, then try again.",
  503: UNREACHABLE,
};

/**
 * @param {unknown} error
 * @returns {string} "" when there is nothing to tell: the page itself stopped the prompt
 */
export function inWords(error) {
  if (error instanceof BackEndError || error instanceof Told) return error.message;
  if (!(error instanceof EmbeddedError)) {
    return error instanceof TypeError ? UNREACHABLE : "Something went wrong here. Please try again.";
  }
  if (error.type === "CeremonyAborted") return "";
  return BY_TYPE[error.type] ?? BY_STATUS[error.data?.status] ?? "The sign-in did not work. Please start again.";
}
