/**
 * Where the SDK writes what it does. Entries hold ids and outcomes, never tokens or challenges.
 *
 * @typedef {object} Log
 * @property {(...data: unknown[]) => void} write
 */

/** Writes to the browser's console. @implements {Log} */
export class ConsoleLog {
  /** @param {...unknown} data */
  write(...data) {
    console.log("keybound", ...data);
  }
}

/** @type {Log} */
export const silentLog = { write() {} };
