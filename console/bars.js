// Counts as bars.

import { h, text } from "./dom.js";

/** Makes a table of counts, each with a bar beside it. @param {string} caption @param {[string, number][]} counts */
export function bars(caption, counts) {
  const most = Math.max(1, ...counts.map(([, count]) => count));
  const rows = counts.map(([name, count]) => {
    const bar = h("div", { class: "bar", "aria-hidden": "true" });
    // By the object model, because the policy forbids styles in markup.
    bar.style.inlineSize = `${(100 * count) / most}%`;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, text(name)),
      h("td", { class: "number" }, count.toLocaleString("en")),
      h("td", { class: "bar-cell" }, bar),
    );
  });
  const head = h(
    "thead",
    { class: "unseen" },
    h(
      "tr",
      {},
      ["What", "How many", "Bar"].map((name) => h("th", { scope: "col" }, name)),
    ),
  );
  return h("table", { class: "bars" }, h("caption", {}, caption), head, h("tbody", {}, rows));
}
