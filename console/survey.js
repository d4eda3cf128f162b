// The answers of a Microsurvey: how many of each, and the texts.

import { call } from "./api.js";
import { bars } from "./bars.js";
import { fill, h, row, table, text } from "./dom.js";
import { beforeParameter, paged } from "./pages.js";
import { plain, shown, time } from "./values.js";

// What tells answers apart: the button, else its number.
const ANSWER = ["button_text", "button_order", "button_id"];

/** @type {import("./main.js").Page} */
export async function show(main, id, signal) {
  const path = `v3/analyze/responses?id=${encodeURIComponent(id)}`;
  const histogram = h("div");
  const page = async (/** @type {string | null} */ before) => {
    const { responses, cursor } = await call("GET", `${path}&limit=50${beforeParameter(before)}`, { signal });
    return { items: responses, next: cursor.before };
  };
  fill(main, h("h1", {}, "Microsurvey ", text(id)), histogram, h("h2", {}, "Answers"), paged(page, list));
  /** @type {Map<string, number>} */
  const counts = new Map();
  let read = 0;
  for (let before = /** @type {string | null} */ (null); ;) {
    const { responses, cursor } = await call("GET", `${path}&limit=500&expand[profile]=skip${beforeParameter(before)}`, { signal });
    if (signal.aborted) return;
    for (const response of responses) {
      const answer = answerOf(response);
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
    read += responses.length;
    before = cursor.before;
    const answers = `${read.toLocaleString("en")} ${read === 1 ? "answer" : "answers"}`;
    const progress = before === null ? answers : `${answers} so far…`;
    fill(
      histogram,
      bars(
        progress,
        [...counts].sort(([, a], [, b]) => b - a),
      ),
    );
    if (before === null) return;
  }
}

/** @param {any} response */
function answerOf(response) {
  const name = ANSWER.find((field) => response[field] !== undefined && response[field] !== null);
  return name === undefined ? "no button" : plain(response[name]);
}

/** @param {any[]} responses */
function list(responses) {
  if (responses.length === 0) return h("p", {}, "Nobody has answered.");
  const rows = responses.map((response) => {
    const user = h("a", { href: `#/user/${response.profile_id}` }, text(response.profile?.uid ?? response.profile_id));
    return row(
      time(response.created_at),
      user,
      text(answerOf(response)),
      response.input_text === undefined ? "" : shown(response.input_text),
    );
  });
  return table("Answers", ["When", "User", "Button", "Text"], rows);
}
