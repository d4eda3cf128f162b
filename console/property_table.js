// The properties of a user or company, with their types.

import { button, fill, h, labelled, row, table, text } from "./dom.js";
import { edit } from "./edit.js";
import { shown, typeOf } from "./values.js";

const ROWS_AT_FIRST = 200;

/** @typedef {{ name: string, warnings?: { prop: string, message: string }[] }} Changed */

/**
 * @param {Record<string, unknown>} properties
 * @param {(name: string, value: unknown) => Promise<void>} store stores a value, and shows the page anew
 */
export function propertyTable(properties, store) {
  const place = h("div");
  const field = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  let limit = ROWS_AT_FIRST;
  // What has no value comes last: every user has some of these.
  const entries = Object.entries(properties).sort(([, a], [, b]) => Number(a === null) - Number(b === null));

  const draw = () => {
    const wanted = field.value.trim().toLowerCase();
    const fitting = entries.filter(([name]) => name.toLowerCase().includes(wanted));
    const rows = fitting.slice(0, limit).map(([name, value]) => {
      const change = button("Edit", () => edit(name, value, store), { "aria-label": `Edit ${name}` });
      return row(text(name), typeOf(value), shown(value), change);
    });
    const more =
      fitting.length > limit &&
      button(`Show all ${fitting.length.toLocaleString("en")}`, () => {
        limit = Infinity;
        draw();
      });
    fill(place, table("Properties", ["Name", "Type", "Value", "Change"], rows), more);
  };
  field.addEventListener("input", draw);
  draw();
  const add = button("Add a property", () => edit(null, "", store));
  return h("div", {}, h("div", { class: "fields" }, labelled("Only names with", field), add), place);
}
