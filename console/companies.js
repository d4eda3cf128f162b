// The companies of the account.

import { call } from "./api.js";
import { counter } from "./counter.js";
import { fill, form, h, row, table, text } from "./dom.js";
import { asBody, filterFields } from "./filters.js";
import { paged } from "./pages.js";
import { load } from "./registry.js";
import { shown, time } from "./values.js";

/** @type {import("./filters.js").Query} */
const query = { filters: [], filters_op: "and" };

/** @type {import("./main.js").Page} */
export async function show(main, _id, signal) {
  const properties = await load("company", signal);
  if (signal.aborted) return;
  const results = h("div");
  const count = counter("companies", query, signal);
  const draw = () => {
    const body = asBody(query);
    const find = async (/** @type {string | null} */ before) => {
      const page = await call("POST", "v3/analyze/companies", {
        body: { ...body, expand: { company: "min" }, ...(before && { before }) },
        signal,
      });
      return { items: page.companies, next: page.cursor.before };
    };
    fill(results, paged(find, list));
  };
  fill(
    main,
    h("h1", {}, "Companies"),
    form(draw, filterFields(properties, query, count.recount), count.place, h("button", { class: "primary" }, "Show them")),
    results,
  );
  count.recount();
  draw();
}

/** @param {any[]} companies */
function list(companies) {
  if (companies.length === 0) return h("p", {}, "No company fits.");
  const rows = companies.map((company) => {
    const link = h("a", { href: `#/company/${company.id}` }, text(company.uid));
    return row(link, company.name === undefined ? "" : shown(company.name), time(company.created_at));
  });
  return table("Companies", ["Uid", "Name", "Created"], rows);
}
