// Asking for the account's secret: at the beginning, and again when it is no longer accepted.

import { call } from "./api.js";
import { open } from "./dialog.js";
import { fill, form, h, labelled } from "./dom.js";
import { problem } from "./problems.js";
import { account, keep } from "./session.js";

/** Shows the question in place of a page, and resolves when the secret is accepted. @param {HTMLElement} main @returns {Promise<void>} */
export function signIn(main) {
  return new Promise((resolve) => {
    fill(
      main,
      h("h1", {}, "Profiles console"),
      h(
        "p",
        {},
        "The console works with the secret of your account. It stays in this tab, and is gone when you close it or press “Forget the secret”.",
      ),
      question("Sign in", resolve),
    );
    main.querySelector("input")?.focus();
  });
}

/** @type {Promise<boolean> | null} */
let asking = null;

/** Asks for another secret of the same account, above the page, which stays as it is. Returns whether one was given. */
export function askAgain() {
  asking ??= dialog().finally(() => (asking = null));
  return asking;
}

/** @returns {Promise<boolean>} */
function dialog() {
  return new Promise((resolve) => {
    const accepted = (/** @type {() => void} */ close) => () => {
      close();
      resolve(true);
    };
    open(
      "The secret is no longer accepted",
      (close) => [
        h("p", {}, "It may have been revoked. Give another secret of the same account to go on: nothing on the page is lost."),
        question("Continue", accepted(close)),
      ],
      () => resolve(false),
    );
  });
}

/** @param {string} action @param {() => void} accepted */
function question(action, accepted) {
  const field = h("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const place = h("div");
  const check = async () => {
    const secret = field.value.trim();
    if (secret === "") return;
    try {
      const { account: found } = await call("GET", "", { secret });
      if (account() !== null && account() !== found.id) {
        const refusal = "This secret belongs to another account. To change the account, forget the secret first.";
        fill(place, h("p", { class: "problem", role: "alert" }, refusal));
        return;
      }
      keep(secret, found.id);
      accepted();
    } catch (error) {
      fill(place, problem(error));
      field.focus();
    }
  };
  return form(() => void check(), labelled("Account secret", field), h("button", { class: "primary" }, action), place);
}
