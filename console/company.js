// A company and its members.

import { call } from "./api.js";
import { announce, fill, h, row, table, text } from "./dom.js";
import { beforeParameter, paged } from "./pages.js";
import { warningBox } from "./problems.js";
import { propertyTable } from "./property_table.js";
import { shown, time } from "./values.js";

const NOT_EDITABLE = new Set(["id", "uid", "created_at", "updated_at"]);

/** @type {import("./main.js").Page} */
export async function show(main, id, signal) {
  await draw(main, id, signal, null);
}

/** @param {HTMLElement} main @param {string} id @param {AbortSignal} signal @param {Node | null} notice */
async function draw(main, id, signal, notice) {
  const path = `v3/analyze/companies/${encodeURIComponent(id)}`;
  const { company } = await call("GET", path, { signal });
  if (signal.aborted) return;
  const store = async (/** @type {string} */ name, /** @type {unknown} */ value) => {
    const { warnings } = await call("POST", "v3/observe/hooks/companies", { body: { id, [name]: value }, signal });
    announce("Stored.");
    await draw(main, id, signal, warningBox(warnings));
  };
  const members = async (/** @type {string | null} */ before) => {
    const page = await call("GET", `${path}/profiles?limit=50&expand[company]=skip${beforeParameter(before)}`, { signal });
    return { items: page.profiles, next: page.cursor.before };
  };
  const editable = Object.fromEntries(Object.entries(company).filter(([name]) => !NOT_EDITABLE.has(name)));
  const line = (/** @type {string} */ term, /** @type {Node} */ value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));
  fill(
    main,
    h("h1", {}, text(String(company.name ?? company.uid))),
    notice,
    h(
      "dl",
      {},
      line("Id", text(company.id)),
      line("Uid", text(company.uid)),
      line("Created", time(company.created_at)),
      line("Changed", time(company.updated_at)),
    ),
    h("section", { "aria-labelledby": "properties" }, h("h2", { id: "properties" }, "Properties"), propertyTable(editable, store)),
    h("section", { "aria-labelledby": "members" }, h("h2", { id: "members" }, "Members"), paged(members, list)),
  );
}

/** @param {any[]} profiles */
function list(profiles) {
  if (profiles.length === 0) return h("p", {}, "Nobody is a member.");
  const rows = profiles.map((profile) => {
    const link = h("a", { href: `#/user/${profile.id}` }, text(profile.uid ?? profile.email ?? profile.id));
    return row(link, profile.email === undefined ? "" : shown(profile.email), time(profile.last_seen_at));
  });
  return table("Members", ["User", "E-mail", "Seen"], rows);
}
