// The columns of a list of users.

import { button, fill, form, h, labelled, text } from "./dom.js";
import { suggestions } from "./filters.js";

/** What a search has to show for a column, and its value there. @param {any} profile @param {string} column @returns {unknown} */
export function cell(profile, column) {
  if (Object.hasOwn(profile, column)) return profile[column];
  // A path into a hash, or into the company.
  let value = profile;
  for (const name of column.split(".")) {
    value = value !== null && typeof value === "object" && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/**
 * Makes the fields to choose columns.
 * @param {string[]} columns the chosen ones, which are kept up to date
 * @param {import("./registry.js").Property[]} properties
 * @param {() => void} changed
 */
export function columnFields(columns, properties, changed) {
  const list = h("ul", { class: "chips", "aria-label": "Columns" });
  const names = suggestions(properties.map(({ prop }) => prop));
  const field = h("input", { list: names.id, autocomplete: "off", spellcheck: "false" });
  const draw = () => {
    fill(
      list,
      columns.map((column, index) => {
        const remove = button(
          "×",
          () => {
            columns.splice(index, 1);
            draw();
            changed();
          },
          { "aria-label": `Remove column ${column}` },
        );
        return h("li", {}, text(column), remove);
      }),
    );
  };
  const add = () => {
    const name = field.value.trim();
    field.value = "";
    if (name === "" || columns.includes(name)) return;
    columns.push(name);
    draw();
    changed();
  };
  draw();
  return form(add, list, names, h("div", { class: "fields" }, labelled("Column", field), h("button", {}, "Add the column")));
}
