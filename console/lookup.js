// One field that takes an id, a uid or an e-mail address.

import { ApiError, call } from "./api.js";
import { fill, form, h, labelled } from "./dom.js";
import { problem } from "./problems.js";

const ID = /^[0-9a-f]{24}$/;

/**
 * Finds a user. Identifiers are sent in a body, because addresses of requests are logged.
 * @param {string} typed
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the profile's id
 */
async function find(typed, signal) {
  // A uid may look like an id or an address, and is kept with its blanks.
  const trimmed = typed.trim();
  const tries = [
    ID.test(trimmed) && { id: trimmed },
    trimmed.includes("@") && { email: trimmed },
    { uid: trimmed },
    typed !== trimmed && { uid: typed },
  ];
  let missing;
  for (const body of tries) {
    if (!body) continue;
    try {
      const { profile } = await call("POST", "v3/analyze/profile", {
        body: { ...body, expand: { profile: "min", company: "skip" } },
        signal,
      });
      return profile.id;
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 422)) throw error;
      missing ??= error;
    }
  }
  throw missing;
}

/** @param {AbortSignal} signal */
export function lookup(signal) {
  const field = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const place = h("div");
  const go = async () => {
    if (field.value.trim() === "") return;
    fill(place, h("p", {}, "Looking…"));
    try {
      location.hash = `#/user/${await find(field.value, signal)}`;
    } catch (error) {
      fill(
        place,
        problem(error, () => void go()),
      );
    }
  };
  return form(
    () => void go(),
    h("div", { class: "fields" }, labelled("Id, uid or e-mail", field), h("button", { class: "primary" }, "Show the user")),
    place,
  );
}
