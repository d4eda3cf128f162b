// How far a deletion is, to its end, and a record of it.

import { call, sleep } from "./api.js";
import { announce, button, fill, h, row, table } from "./dom.js";
import { save } from "./download.js";
import { stringify } from "./json.js";
import { time } from "./values.js";

const POLL_MILLISECONDS = 1000;

/** @type {import("./main.js").Page} */
export async function show(main, id, signal) {
  for (;;) {
    const { deletion } = await call("GET", `v3/edit/deletions/${encodeURIComponent(id)}`, { signal });
    if (signal.aborted) return;
    draw(main, deletion);
    if (deletion.state === "completed") return;
    await sleep(POLL_MILLISECONDS, signal);
  }
}

/** @param {HTMLElement} main @param {any} deletion */
function draw(main, deletion) {
  const isOver = deletion.state === "completed";
  const message = isOver ? "Everything is removed." : "Removing…";
  const removed = Object.entries(deletion.removed).map(([what, count]) => row(what, String(count)));
  fill(
    main,
    h("h1", {}, deletion.kind === "company" ? "The deletion of a company" : "The deletion of a user"),
    h("p", { class: isOver ? "done" : "" }, message),
    h(
      "dl",
      {},
      line("Deletion", deletion.id),
      line("Of", deletion.profile_id ?? deletion.company_id),
      line("Begun", time(deletion.created_at)),
      line("Finished", deletion.completed_at ? time(deletion.completed_at) : "not yet"),
    ),
    table("Removed so far", ["What", "How many"], removed),
    // Ids, times and counts only: nothing of the user is left in the record.
    button("Save a record", () => save(`deletion-${deletion.id}.json`, [stringify(deletion, 2)], "application/json"), {
      disabled: !isOver,
    }),
  );
  announce(message);
}

/** @param {string} term @param {import("./dom.js").Child} value */
function line(term, value) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, value));
}
