// A user: what is known, what they did, and what can be done about it.

import { call } from "./api.js";
import { announce, button, fill, h, text } from "./dom.js";
import { problem, warningBox } from "./problems.js";
import { propertyTable } from "./property_table.js";
import { confirmClear, confirmForget } from "./removal.js";
import { timeline } from "./timeline.js";
import { shown, time } from "./values.js";

// Shown above the properties, or set by the service only.
const NOT_EDITABLE = new Set([
  "id",
  "uid",
  "created_at",
  "updated_at",
  "percent",
  "delivery_ids",
  "last_cleared_at",
  "company_id",
  "company",
]);

/** @type {import("./main.js").Page} */
export async function show(main, id, signal) {
  const { profile } = await call("GET", `v3/analyze/profiles/${encodeURIComponent(id)}?expand[company]=all`, { signal });
  if (!signal.aborted) draw(main, profile, signal, null);
}

/** @param {HTMLElement} main @param {any} profile @param {AbortSignal} signal @param {Node | null} notice */
function draw(main, profile, signal, notice) {
  const again = async (/** @type {Node | null} */ told) => {
    const answer = await call("GET", `v3/analyze/profiles/${profile.id}?expand[company]=all`, { signal });
    draw(main, answer.profile, signal, told);
  };
  const store = async (/** @type {string} */ name, /** @type {unknown} */ value) => {
    const { warnings } = await call("POST", "v3/observe/hooks/profiles", { body: { id: profile.id, [name]: value }, signal });
    announce("Stored.");
    await again(warningBox(warnings));
  };
  const editable = Object.fromEntries(Object.entries(profile).filter(([name]) => !NOT_EDITABLE.has(name)));
  const refresh = button("Read again", () => again(null).catch((error) => fill(main, problem(error))));
  fill(
    main,
    h("h1", {}, text(profile.uid ?? profile.email ?? profile.id)),
    notice,
    summary(profile),
    h(
      "div",
      { class: "fields" },
      refresh,
      button("Clear…", () => confirmClear(profile, () => again(h("p", { class: "done" }, "This user was cleared.")))),
      button("Forget…", () => confirmForget(profile), { class: "danger" }),
    ),
    h(
      "div",
      { class: "beside" },
      h("section", { "aria-labelledby": "properties" }, h("h2", { id: "properties" }, "Properties"), propertyTable(editable, store)),
      h("section", { "aria-labelledby": "timeline" }, h("h2", { id: "timeline" }, "Timeline"), timeline(profile.id, signal)),
    ),
  );
}

/** @param {any} profile */
function summary(profile) {
  const company = profile.company;
  const name = company && h("a", { href: `#/company/${company.id}` }, text(String(company.name ?? company.uid)));
  /** @type {[string, import("./dom.js").Child][]} */
  const lines = [
    ["Id", text(profile.id)],
    ["Uid", profile.uid === null ? "none" : text(profile.uid)],
    ["E-mail", profile.email === undefined ? "none" : shown(profile.email)],
    ["Company", name ?? "none"],
    ["Created", time(profile.created_at)],
    ["Changed", time(profile.updated_at)],
    ["Seen", time(profile.last_seen_at)],
    ["Cleared", time(profile.last_cleared_at)],
    ["Percent", shown(profile.percent)],
    ["Pending deliveries", String(profile.delivery_ids.length)],
  ];
  return h(
    "dl",
    {},
    lines.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
}
