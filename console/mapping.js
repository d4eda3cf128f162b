// Which column becomes which property.

import { fill, h, row, table, text } from "./dom.js";
import { suggestions } from "./filters.js";
import { stringify } from "./json.js";

/** @typedef {"profiles" | "companies"} Kind */

// Only the service sets them, so that a file of an export can be sent.
const NOT_SENT = new Set(["created_at", "updated_at", "percent", "delivery_ids", "last_cleared_at"]);
const IDENTIFIERS = { profiles: ["uid", "email", "id"], companies: ["uid", "id"] };

/**
 * Makes the fields for the mapping.
 * @param {import("./batch_file.js").Records} records
 * @param {string[]} known names of properties
 * @param {string[]} targets what each column becomes, which is kept up to date; empty: it is left out
 * @param {() => void} changed
 */
export function mappingFields(records, known, targets, changed) {
  const names = suggestions(known);
  const rows = records.columns.map((column, index) => {
    const field = h("input", {
      list: names.id,
      value: targets[index] ?? "",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": `Column ${column} becomes`,
    });
    field.addEventListener("input", () => {
      targets[index] = field.value.trim();
      changed();
    });
    const example = records.cell(0, index);
    return row(text(column), example === undefined ? "" : text(short(example)), field);
  });
  return h("div", {}, names, table("Columns", ["Column", "In the first record", "Becomes the property"], rows));
}

/** @param {unknown} value */
function short(value) {
  const whole = typeof value === "string" ? value : stringify(value);
  return whole.length > 80 ? `${whole.slice(0, 80)}…` : whole;
}

/** What the columns become unless told otherwise. @param {string[]} columns */
export function defaults(columns) {
  return columns.map((column) => (NOT_SENT.has(column) ? "" : column));
}

/** Returns what is wrong with a mapping, or null. @param {Kind} kind @param {string[]} targets */
export function mistake(kind, targets) {
  const used = targets.filter((target) => target !== "");
  const twice = used.find((target, index) => used.indexOf(target) !== index);
  if (twice !== undefined) return `Two columns become “${twice}”.`;
  const torn = used.find((target) => used.some((other) => other.startsWith(`${target}.`)));
  if (torn !== undefined) return `“${torn}” cannot be a value and hold others.`;
  if (!IDENTIFIERS[kind].some((name) => used.includes(name))) return `One column must become ${IDENTIFIERS[kind].join(" or ")}.`;
  return null;
}

/**
 * Makes the item of a record; null if the record says nothing. A dot in a target leads into a hash.
 * @param {import("./batch_file.js").Records} records @param {string[]} targets @param {number} record
 */
export function item(records, targets, record) {
  // Without a prototype, so that a property may have any name.
  const made = Object.create(null);
  targets.forEach((target, column) => {
    const value = records.cell(record, column);
    if (target === "" || value === undefined) return;
    const path = target.split(".");
    const last = path.pop() ?? "";
    let hash = made;
    for (const name of path) hash = hash[name] ??= Object.create(null);
    hash[last] = value;
  });
  return Object.keys(made).length === 0 ? null : made;
}

/** Shows what is sent of the first record. @param {Element} place @param {import("./batch_file.js").Records} records @param {string[]} targets */
export function preview(place, records, targets) {
  fill(place, h("p", {}, "The first record is sent as:"), h("pre", {}, text(stringify(item(records, targets, 0), 2))));
}
