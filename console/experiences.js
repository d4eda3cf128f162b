// Tours and Microsurveys with their counts.

import { call } from "./api.js";
import { bars } from "./bars.js";
import { fill, h, text } from "./dom.js";
import { beforeParameter, paged } from "./pages.js";
import { time } from "./values.js";

/** @type {import("./main.js").Page} */
export async function tours(main, _id, signal) {
  list(main, "tours", "Tours", signal);
}

/** @type {import("./main.js").Page} */
export async function surveys(main, _id, signal) {
  list(main, "surveys", "Microsurveys", signal);
}

/** @param {HTMLElement} main @param {"tours" | "surveys"} kind @param {string} title @param {AbortSignal} signal */
function list(main, kind, title, signal) {
  const load = async (/** @type {string | null} */ before) => {
    const page = await call("GET", `v3/edit/${kind}?limit=50${beforeParameter(before)}`, { signal });
    return { items: page[kind], next: page.cursor.before };
  };
  const draw = (/** @type {any[]} */ items) => {
    if (items.length === 0) return h("p", {}, "No webhook has named one.");
    return h(
      "ul",
      { class: "cards" },
      items.map((item) => h("li", {}, card(kind, item))),
    );
  };
  fill(main, h("h1", {}, title), paged(load, draw));
}

/** @param {"tours" | "surveys"} kind @param {any} item */
function card(kind, item) {
  const { stats } = item;
  const name = text(item.name ?? item.id);
  return h(
    "article",
    {},
    h("h2", {}, kind === "surveys" ? h("a", { href: `#/survey/${encodeURIComponent(item.id)}` }, name) : name),
    h("p", {}, text(item.id), item.published_at ? [", published ", time(item.published_at)] : ""),
    bars("Users who", [
      ["started", stats.started_count],
      ["completed", stats.completed_count],
      ["exited", stats.exited_count],
    ]),
    h(
      "p",
      {},
      "Last started ",
      time(stats.last_started_at),
      ", completed ",
      time(stats.last_completed_at),
      ", exited ",
      time(stats.last_exited_at),
    ),
  );
}
