// Filters that are put together by hand: a row for each.

import { button, fill, h, labelled } from "./dom.js";
import { operators } from "./operators.js";
import { plain } from "./values.js";

/** @typedef {import("./registry.js").Property} Property */
/** @typedef {{ prop: string, op: string, value: string }} Filter */
/** @typedef {{ filters: Filter[], filters_op: "and" | "or" }} Query */

let lists = 0;

/** Makes a list of suggestions. @param {string[]} options */
export function suggestions(options) {
  return h(
    "datalist",
    { id: `suggestions-${(lists += 1)}` },
    options.map((option) => h("option", { value: option })),
  );
}

/**
 * Makes the fields for a query, and tells of each change to it. Rows that are not complete count as not there.
 * @param {Property[]} properties
 * @param {Query} query the query to begin with, which is kept up to date
 * @param {() => void} changed
 */
export function filterFields(properties, query, changed) {
  const byName = new Map(properties.map((property) => [property.prop, property]));
  const names = suggestions([...byName.keys()]);
  const rows = h("ol", { class: "filters", "aria-label": "Filters" });
  const drawn = query.filters.length > 0 ? [...query.filters] : [{ prop: "", op: "eq", value: "" }];

  const update = () => {
    query.filters = drawn.filter(isComplete);
    changed();
  };
  const draw = () =>
    fill(
      rows,
      drawn.map((filter, index) => filterRow(filter, index)),
    );

  /** @param {Filter} filter @param {number} index */
  const filterRow = (filter, index) => {
    const prop = h("input", { list: names.id, value: filter.prop, autocomplete: "off", spellcheck: "false" });
    const op = h("select");
    const values = suggestions([]);
    const value = h("input", { list: values.id, value: filter.value, autocomplete: "off", spellcheck: "false" });
    const valueField = labelled("Value", value);

    const drawOperators = () => {
      const property = byName.get(filter.prop);
      const offered = operators(property?.types ?? []);
      const chosen = offered.find((operator) => operator.op === filter.op) ?? offered[0];
      if (!chosen) return;
      filter.op = chosen.op;
      fill(
        op,
        offered.map((operator) => h("option", { value: operator.op, selected: operator === chosen }, operator.label)),
      );
      fill(values, chosen.value === "text" ? (property?.values ?? []).map((known) => h("option", { value: plain(known) })) : []);
      valueField.hidden = chosen.value === "none";
      value.inputMode = chosen.value === "days" ? "decimal" : "text";
    };
    const read = () => {
      Object.assign(filter, { prop: prop.value.trim(), op: op.value, value: value.value });
      drawOperators();
      update();
    };
    prop.addEventListener("input", read);
    op.addEventListener("change", read);
    value.addEventListener("input", read);
    drawOperators();
    const remove = button(
      "Remove",
      () => {
        drawn.splice(index, 1);
        draw();
        update();
      },
      { "aria-label": `Remove filter ${index + 1}` },
    );
    return h("li", {}, labelled("Property", prop), labelled("Test", op), valueField, values, remove);
  };

  const add = button("Add a filter", () => {
    drawn.push({ prop: "", op: "eq", value: "" });
    draw();
    rows.lastElementChild?.querySelector("input")?.focus();
  });
  const any = h("select", {}, h("option", { value: "and" }, "all of them"), h("option", { value: "or" }, "one of them"));
  any.value = query.filters_op;
  any.addEventListener("change", () => {
    query.filters_op = any.value === "or" ? "or" : "and";
    update();
  });
  draw();
  return h("div", {}, names, rows, h("div", { class: "fields" }, add, labelled("Who fits", any)));
}

/** @param {Filter} filter */
function isComplete({ prop, op, value }) {
  if (prop === "") return false;
  return op === "ex" || op === "nx" || value.trim() !== "";
}

/** Returns the query as the API takes it. @param {Query} query */
export function asBody({ filters, filters_op }) {
  const sent = filters.map(({ prop, op, value }) => {
    if (op === "ex" || op === "nx") return { kind: "property", prop, op };
    return { kind: "property", prop, op, value: op.endsWith("-d") ? value.trim() : value };
  });
  return { filters: sent, filters_op };
}
