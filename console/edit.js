// Editing a property.

import { open } from "./dialog.js";
import { fill, form, h, labelled, text } from "./dom.js";
import { problem } from "./problems.js";
import { plain, read, typeOf } from "./values.js";

/** @type {import("./values.js").Type[]} */
const TYPES = ["text", "number", "true or false", "time", "list", "hash", "nothing"];
const HINT = "The API reads a text such as 12, true or 2029-04-07 as a number, a boolean or a time.";

/**
 * Opens a dialog to edit a property. It stays open, with what was typed, until the value is stored.
 * @param {string | null} name null for a new property
 * @param {unknown} value
 * @param {(name: string, value: unknown) => Promise<void>} store
 */
export function edit(name, value, store) {
  open(name === null ? "Add a property" : "Edit a property", (close) => {
    const nameField = h("input", { autocomplete: "off", spellcheck: "false", required: true });
    const current = typeOf(value);
    const type = h(
      "select",
      {},
      TYPES.map((option) => h("option", { selected: option === current }, option)),
    );
    const field = h("textarea", { rows: 4, spellcheck: "false" });
    field.value = plain(value);
    const place = h("div");
    const save = async () => {
      const chosen = TYPES[type.selectedIndex] ?? "text";
      const changed = name ?? nameField.value.trim();
      if (changed === "") return;
      let typed;
      try {
        typed = read(chosen, field.value);
      } catch (error) {
        fill(place, h("p", { class: "problem", role: "alert" }, error instanceof Error ? error.message : String(error)));
        return;
      }
      try {
        fill(place, h("p", {}, "Storing…"));
        await store(changed, typed);
        close();
      } catch (error) {
        fill(place, problem(error));
      }
    };
    return [
      form(
        () => void save(),
        name === null ? labelled("Name", nameField) : h("p", {}, text(name)),
        labelled("Type", type),
        labelled("Value", field, HINT),
        h("button", { class: "primary" }, "Store"),
        place,
      ),
    ];
  });
}
