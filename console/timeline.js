// What a user did and was sent, in one list, the latest first.

import { call, isAborted } from "./api.js";
import { announce, button, fill, h, text } from "./dom.js";
import { beforeParameter } from "./pages.js";
import { problem } from "./problems.js";
import { shown, time } from "./values.js";

const STEP = 50;

/** @typedef {{ id: string, created_at: string, [name: string]: unknown }} Item */
/** @typedef {{ draw: (item: any) => Node, path: string, list: string, items: Item[], next: string | null, isOver: boolean }} Source */

/** @param {string} profileId @returns {Source[]} */
function sources(profileId) {
  const of = `profile_id=${profileId}&limit=${STEP}`;
  const unread = { items: [], next: null, isOver: false };
  return [
    { ...unread, draw: event, list: "events", path: `v3/analyze/events?${of}&expand[profile]=skip` },
    { ...unread, draw: interaction, list: "interactions", path: `v3/analyze/interactions?${of}&expand[profile]=skip` },
    { ...unread, draw: response, list: "responses", path: `v3/analyze/responses?${of}&expand[profile]=skip` },
    { ...unread, draw: delivery, list: "deliveries", path: `v3/edit/deliveries?${of}` },
  ];
}

/** @param {string} profileId @param {AbortSignal} signal */
export function timeline(profileId, signal) {
  const from = sources(profileId);
  const list = h("ol", { class: "timeline", "aria-label": "Timeline" });
  const end = h("div");
  const more = async () => {
    fill(end, h("p", {}, "Loading…"));
    try {
      const found = await take(from, STEP, signal);
      list.append(...found.map(({ source, item }) => h("li", {}, time(item.created_at), " ", source.draw(item))));
      const isOver = from.every((source) => source.isOver && source.items.length === 0);
      fill(
        end,
        isOver
          ? h("p", {}, list.childElementCount === 0 ? "Nothing is recorded." : "That is all.")
          : button("Show older", () => void more()),
      );
      announce(`${list.childElementCount} ${list.childElementCount === 1 ? "entry" : "entries"}.`);
    } catch (error) {
      if (!isAborted(error))
        fill(
          end,
          problem(error, () => void more()),
        );
    }
  };
  void more();
  return h("div", {}, list, end);
}

/** Takes the latest items of all sources. @param {Source[]} from @param {number} count @param {AbortSignal} signal */
async function take(from, count, signal) {
  const taken = [];
  while (taken.length < count) {
    // Which one is the latest is known only when each source has one to show, or has no more.
    await Promise.all(from.map((source) => refill(source, signal)));
    const latest = from
      .filter(({ items }) => items.length > 0)
      .reduce((/** @type {Source | null} */ best, source) => (best && isLater(best, source) ? best : source), null);
    const item = latest?.items.shift();
    if (!latest || !item) break;
    taken.push({ source: latest, item });
  }
  return taken;
}

/** @param {Source} a @param {Source} b */
function isLater(a, b) {
  const [left, right] = [a.items[0], b.items[0]];
  return left !== undefined && right !== undefined && left.created_at >= right.created_at;
}

/** @param {Source} source @param {AbortSignal} signal */
async function refill(source, signal) {
  while (source.items.length === 0 && !source.isOver) {
    const page = await call("GET", `${source.path}${beforeParameter(source.next)}`, { signal });
    source.items = page[source.list];
    source.next = page.cursor.before;
    source.isOver = source.next === null;
  }
}

/** @param {any} item */
function event(item) {
  return h("div", {}, h("strong", {}, "Event"), " ", text(item.name), fields(Object.entries(item.properties)));
}

/** Lists what an item was sent with. @param {[string, any][]} sent */
function fields(sent) {
  const items = sent.map(([name, value]) => h("li", {}, text(name), ": ", shown(value)));
  return items.length > 0 && h("ul", {}, items);
}

/** @param {any} item */
function interaction(item) {
  const states = ["started", "completed", "exited", "snoozed"].filter((state) => item[`${state}_at`]);
  return h(
    "div",
    {},
    h("strong", {}, `${kind(item.model_kind)} ${item.state}`),
    " ",
    text(item.model_id),
    h(
      "ul",
      {},
      states.map((state) => h("li", {}, `${state} first `, time(item[`${state}_at`]), ", last ", time(item[`last_${state}_at`]))),
    ),
  );
}

/** @param {any} item */
function response(item) {
  const own = new Set(["id", "created_at", "updated_at", "survey_id", "profile_id", "profile"]);
  const sent = Object.entries(item).filter(([name]) => !own.has(name));
  return h(
    "div",
    {},
    h("strong", {}, "Microsurvey answered"),
    " ",
    h("a", { href: `#/survey/${encodeURIComponent(item.survey_id)}` }, text(item.survey_id)),
    fields(sent),
  );
}

/** @param {any} item */
function delivery(item) {
  return h(
    "div",
    {},
    h("strong", {}, `Delivery of a ${kind(item.model_kind)} ordered`),
    " ",
    text(item.model_id),
    h("ul", {}, h("li", {}, "pending, from ", item.from ? time(item.from) : "now", " until ", item.until ? time(item.until) : "any time")),
  );
}

/** @param {string} modelKind */
function kind(modelKind) {
  return modelKind === "survey" ? "Microsurvey" : "Tour";
}
