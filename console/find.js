// Finding users: one by an identifier, or many by filters.

import { call } from "./api.js";
import { cell, columnFields } from "./columns.js";
import { counter } from "./counter.js";
import { fill, form, h, row, table, text } from "./dom.js";
import { exportButton } from "./export.js";
import { asBody, filterFields } from "./filters.js";
import { lookup } from "./lookup.js";
import { paged } from "./pages.js";
import { load } from "./registry.js";
import { shown } from "./values.js";

// Kept while the tab is open, so that the way back from a user leads to the same list.
/** @type {import("./filters.js").Query} */
const query = { filters: [], filters_op: "and" };
const columns = ["uid", "email", "created_at", "company.name"];
let isSearched = false;

/** @type {import("./main.js").Page} */
export async function show(main, _id, signal) {
  const place = h(
    "section",
    { "aria-labelledby": "by-filters" },
    h("h2", { id: "by-filters" }, "Many users, by filters"),
    h("p", {}, "Loading the properties…"),
  );
  fill(
    main,
    h("h1", {}, "Find users"),
    h("section", { "aria-labelledby": "one" }, h("h2", { id: "one" }, "One user"), lookup(signal)),
    place,
  );
  const [ofProfiles, ofCompanies] = await Promise.all([load("profile", signal), load("company", signal, "company.")]);
  if (!signal.aborted) search(place, [...ofProfiles, ...ofCompanies], signal);
}

/** @param {HTMLElement} place @param {import("./registry.js").Property[]} properties @param {AbortSignal} signal */
function search(place, properties, signal) {
  const count = counter("profiles", query, signal);
  const results = h("div");
  const draw = () => {
    isSearched = true;
    const body = asBody(query);
    const find = async (/** @type {string | null} */ before) => {
      const page = await call("POST", "v3/analyze/profiles", {
        body: { ...body, expand: { company: "all" }, ...(before && { before }) },
        signal,
      });
      return { items: page.profiles, next: page.cursor.before };
    };
    fill(results, paged(find, list), exportButton(query, columns, signal));
  };
  const redraw = () => isSearched && draw();
  fill(
    place,
    h("h2", { id: "by-filters" }, "Many users, by filters"),
    form(draw, filterFields(properties, query, count.recount), count.place, h("button", { class: "primary" }, "Show them")),
    h("details", {}, h("summary", {}, "Columns"), columnFields(columns, properties, redraw)),
    results,
  );
  count.recount();
  redraw();
}

/** @param {any[]} profiles */
export function list(profiles) {
  if (profiles.length === 0) return h("p", {}, "Nobody fits.");
  const rows = profiles.map((profile) => {
    const link = h("a", { href: `#/user/${profile.id}` }, text(profile.uid ?? profile.email ?? profile.id));
    const cells = columns.map((column) => {
      const value = cell(profile, column);
      return value === undefined ? "" : shown(value);
    });
    return row(link, ...cells);
  });
  return table("Users", ["User", ...columns.map((column) => text(column))], rows);
}
