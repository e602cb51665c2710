/** A button that starts something, and the line below it that says how things are. */
import { inWords } from "./words.js";

const status = document.getElementById("status");

/**
 * @param {string} text
 * @param {"working" | "problem" | "done"} kind
 */
export function say(text, kind) {
  status.dataset.kind = text ? kind : "";
  status.textContent = text;
}

/**
 * Runs `work` on each click, not twice at once, and shows in words what fails. While it runs the
 * button is not `disabled`, because that would take the keyboard's focus from it.
 *
 * @param {HTMLButtonElement} button
 * @param {string} waiting shown while it runs
 * @param {() => Promise<void>} work
 */
export function onClick(button, waiting, work) {
  button.addEventListener("click", oneAtATime(button, waiting, work));
  button.disabled = false;
}

/**
 * The same for a form, which is never sent anywhere by itself.
 *
 * @param {HTMLFormElement} form
 * @param {string} waiting
 * @param {() => Promise<void>} work
 */
export function onSubmit(form, waiting, work) {
  const button = form.querySelector('button[type="submit"]');
  const run = oneAtATime(button, waiting, work);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  button.disabled = false;
}

function oneAtATime(button, waiting, work) {
  return async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    say(waiting, "working");
    try {
      await work();
    } catch (error) {
      say(inWords(error), "problem");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
}
