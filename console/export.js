// Everybody whom a search finds, as a CSV.

import { call, isAborted } from "./api.js";
import { cell } from "./columns.js";
import { line } from "./csv.js";
import { announce, button, fill, h } from "./dom.js";
import { save } from "./download.js";
import { asBody } from "./filters.js";
import { problem } from "./problems.js";

const PAGE = 500;

/**
 * Makes the button that saves a search as a CSV, with its progress.
 * @param {import("./filters.js").Query} query
 * @param {string[]} columns
 * @param {AbortSignal} left
 */
export function exportButton(query, columns, left) {
  const place = h("div", { class: "export" });

  const begin = () => {
    const stop = new AbortController();
    // As they are now: a change while pages are read would make half of the file another.
    const job = {
      body: asBody(query),
      columns: [...columns],
      parts: [line(columns)],
      count: 0,
      before: /** @type {string | null} */ (null),
    };
    const run = async () => {
      const progress = h("p", {}, "Reading…");
      fill(
        place,
        progress,
        button("Stop", () => stop.abort()),
      );
      try {
        do {
          const body = { ...job.body, limit: PAGE, expand: { company: "all" }, ...(job.before && { before: job.before }) };
          const page = await call("POST", "v3/analyze/profiles", { body, signal: AbortSignal.any([left, stop.signal]) });
          job.parts.push(
            page.profiles.map((/** @type {any} */ profile) => line(job.columns.map((column) => cell(profile, column)))).join(""),
          );
          job.count += page.profiles.length;
          job.before = page.cursor.before;
          fill(progress, `${job.count.toLocaleString("en")} users read`);
        } while (job.before !== null);
        save("users.csv", job.parts, "text/csv");
        idle();
        announce(`${job.count.toLocaleString("en")} users are in the file users.csv.`);
      } catch (error) {
        // Goes on at the page that failed.
        if (!isAborted(error))
          fill(
            place,
            problem(error, () => void run()),
            button("Stop", idle),
          );
        else if (!left.aborted) idle();
      }
    };
    void run();
  };
  const idle = () => fill(place, button("Save all as a CSV", begin));
  idle();
  return place;
}
