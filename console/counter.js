// A count that follows what is typed.

import { call, isAborted, sleep } from "./api.js";
import { fill, h } from "./dom.js";
import { asBody } from "./filters.js";
import { problem } from "./problems.js";

const PAUSE_MILLISECONDS = 400;

/**
 * Makes the line with the count, and a function that counts anew. An account may count once at a time, so one count is never sent while
 * another is under way: what was changed meanwhile is counted next.
 * @param {"profiles" | "companies"} kind
 * @param {import("./filters.js").Query} query
 * @param {AbortSignal} signal
 */
export function counter(kind, query, signal) {
  const noun = kind === "profiles" ? ["user", "users"] : ["company", "companies"];
  const place = h("div", { role: "status", "aria-label": "Count" });
  let [isCounting, isOutdated] = [false, false];

  const recount = async () => {
    isOutdated = true;
    if (isCounting) return;
    isCounting = true;
    try {
      while (isOutdated) {
        await sleep(PAUSE_MILLISECONDS, signal);
        isOutdated = false;
        fill(place, h("p", { class: "count" }, "Counting…"));
        const { count } = await call("POST", `v3/analyze/${kind}/count`, { body: asBody(query), signal });
        if (!isOutdated) fill(place, h("p", { class: "count" }, `${count.toLocaleString("en")} ${count === 1 ? noun[0] : noun[1]}`));
      }
    } catch (error) {
      if (!isAborted(error))
        fill(
          place,
          problem(error, () => void recount()),
        );
    } finally {
      isCounting = false;
    }
  };
  return { place, recount: () => void recount() };
}
