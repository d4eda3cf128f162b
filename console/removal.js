// Clearing and forgetting a user: the questions before.

import { call } from "./api.js";
import { open } from "./dialog.js";
import { announce, button, fill, form, h, labelled } from "./dom.js";
import { problem } from "./problems.js";

/** @param {any} profile @param {() => Promise<void>} cleared */
export function confirmClear(profile, cleared) {
  open("Clear this user?", (close) => {
    const place = h("div");
    const clear = async () => {
      try {
        fill(place, h("p", {}, "Clearing…"));
        await call("DELETE", `v3/edit/profiles/${profile.id}`);
        await cleared();
        close();
        announce("The user was cleared.");
      } catch (error) {
        fill(
          place,
          problem(error, () => void clear()),
        );
      }
    };
    return [
      h(
        "p",
        {},
        "What was observed is reset, and events, answers, interactions and deliveries are removed. Identifiers, company and properties stay.",
      ),
      place,
      button("Clear", () => void clear(), { class: "danger" }),
    ];
  });
}

/** Asks for an identifier of the user, twice, and forgets the user. @param {any} profile */
export function confirmForget(profile) {
  open("Forget this user?", (close) => {
    const place = h("div");
    const fields = ["Once", "Once more"].map(() => h("input", { autocomplete: "off", spellcheck: "false" }));
    const forget = async () => {
      if (!fields.every((field) => names(profile, field.value))) {
        const refusal = "Both fields must hold the same user's id, uid or e-mail. Nothing was removed.";
        fill(place, h("p", { class: "problem", role: "alert" }, refusal));
        return;
      }
      try {
        fill(place, h("p", {}, "Forgetting…"));
        const { deletion } = await call("DELETE", `v3/edit/profiles/${profile.id}/forget`);
        close();
        // Not a new entry: the way back would lead to a user who is gone.
        location.replace(`#/deletion/${deletion.id}`);
      } catch (error) {
        fill(
          place,
          problem(error, () => void forget()),
        );
      }
    };
    const [once, again] = fields;
    return [
      form(
        () => void forget(),
        h("p", {}, "Everything about the user is removed: identifiers, properties and records. This cannot be undone."),
        h("p", {}, "To confirm, type the user's id, uid or e-mail twice."),
        once && labelled("Id, uid or e-mail", once),
        again && labelled("The same again", again),
        place,
        h("button", { class: "danger" }, "Forget the user"),
      ),
    ];
  });
}

/** @param {any} profile @param {string} typed */
function names(profile, typed) {
  const trimmed = typed.trim();
  if (trimmed === "") return false;
  return trimmed === profile.id || typed === profile.uid || trimmed.toLowerCase() === profile.email?.toLowerCase();
}
