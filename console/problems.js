// What went wrong, in plain words.

import { ApiError, ConnectionLost, isAborted } from "./api.js";
import { announce, button, h, text } from "./dom.js";

/** @typedef {{ what: string, advice: string, details: string[] }} Problem */

/** @type {Record<number, [string, string]>} */
const BY_STATUS = {
  400: ["The API does not understand the request.", "Please report this: the console should not have sent it."],
  401: ["The secret is not accepted.", "Forget it, and give one that is valid."],
  403: ["The secret is not accepted.", "It may have been revoked. Forget it, and give one that is valid."],
  404: ["It was not found.", "It may have been deleted, or never have been there. Check how it is written."],
  408: ["The request took too long to arrive.", "Try again, perhaps from a faster connection."],
  409: ["This conflicts with what is stored, so nothing was changed.", "Below is what stands against it."],
  413: ["This is too large, so nothing of it was stored.", "Send less at once."],
  422: ["The API does not accept what was sent, so nothing was changed.", "Correct what it names below."],
  429: ["The API is busy with other requests, so nothing was done.", "Try again in a moment."],
  500: ["The API failed.", "If it happens again, ask whoever runs the API to look at its log."],
  503: ["The database did not answer in time.", "Try again in a moment. Sending the same again is safe."],
  504: ["The API did not finish in time.", "Try again. If it was a search, use filters that fewer users fit."],
};

/** @param {unknown} error @returns {Problem} */
export function describe(error) {
  if (error instanceof ConnectionLost) {
    return {
      what: "The connection to the API was lost.",
      advice: "It is unknown whether the request had an effect. Trying again is safe: nothing is done twice.",
      details: [],
    };
  }
  if (error instanceof ApiError) {
    const [what, advice] = BY_STATUS[error.status] ?? [`The API answered with an error (${error.status}).`, "Try again later."];
    return { what, advice, details: error.messages };
  }
  return { what: "The console failed.", advice: "Load the page again, and please report it.", details: [String(error)] };
}

/**
 * Makes a box that tells of an error, with a button to try again if there is something to try.
 * @param {unknown} error
 * @param {() => void} [again]
 */
export function problem(error, again) {
  if (isAborted(error)) return h("div");
  const { what, advice, details } = describe(error);
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", {}, h("strong", {}, what), ` ${advice}`),
    details.length > 0 &&
      h(
        "ul",
        { "aria-label": "The API says" },
        details.map((detail) => h("li", {}, text(detail))),
      ),
    again && button("Try again", again),
  );
}

/** Makes a box with what the API says it changed or left out. @param {{ prop: string, message: string }[]} [warnings] */
export function warningBox(warnings = []) {
  if (warnings.length === 0) return null;
  announce("Stored, but not all of it as it was given.");
  return h(
    "div",
    { class: "warning" },
    h("p", {}, "Stored, but not all of it as it was given:"),
    h(
      "ul",
      {},
      warnings.map(({ prop, message }) => h("li", {}, text(prop), ": ", text(message))),
    ),
  );
}
