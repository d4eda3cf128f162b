// Sending a file of users or companies.

import { readFile } from "./batch_file.js";
import { Run } from "./batch_run.js";
import { Doubt, line } from "./csv.js";
import { announce, button, fill, h, labelled, row, table, text } from "./dom.js";
import { save } from "./download.js";
import { defaults, mappingFields, mistake, preview } from "./mapping.js";
import { problem } from "./problems.js";
import { load } from "./registry.js";

const TROUBLES_SHOWN = 100;

// The file that is being sent, also while another page is shown.
/** @type {{ run: Run, error: unknown, isRunning: boolean, isBegun: boolean } | null} */
let sending = null;
/** @type {() => void} */
let draw = () => {};

window.addEventListener("beforeunload", (event) => {
  if (sending?.isRunning) event.preventDefault();
});

/** @type {import("./main.js").Page} */
export async function show(main, _id, signal) {
  const place = h("div");
  fill(main, h("h1", {}, "Batches"), place);
  draw = () => {
    if (signal.aborted) return;
    if (sending === null) fill(place, chooser(signal));
    else fill(place, progress(sending));
  };
  draw();
}

/** @param {AbortSignal} signal */
function chooser(signal) {
  const kind = h("select", {}, h("option", { value: "profiles" }, "users"), h("option", { value: "companies" }, "companies"));
  const field = h("input", { type: "file", accept: ".csv,.json,.jsonl,.ndjson,text/csv,application/json" });
  const next = h("div");
  const open = async (/** @type {File | undefined} */ file) => {
    if (!file) return;
    fill(next, h("p", {}, "Reading the file…"));
    try {
      const chosen = kind.value === "companies" ? "companies" : "profiles";
      const records = await readFile(file);
      const known = await load(chosen === "companies" ? "company" : "profile", signal);
      if (!signal.aborted)
        fill(
          next,
          mapper(
            chosen,
            records,
            known.map(({ prop }) => prop),
          ),
        );
    } catch (error) {
      fill(next, error instanceof Doubt ? refusal(error.message) : problem(error, () => void open(file)));
    }
  };
  field.addEventListener("change", () => void open(field.files?.[0]));
  kind.addEventListener("change", () => void open(field.files?.[0]));
  const drop = h("div", { class: "drop" }, labelled("A CSV, JSON or JSON lines file; or drop it here", field));
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer?.files.length) return;
    field.files = event.dataTransfer.files;
    void open(field.files[0]);
  });
  return h("div", {}, labelled("It has", kind), drop, next);
}

/** @param {import("./mapping.js").Kind} kind @param {import("./batch_file.js").Records} records @param {string[]} known */
function mapper(kind, records, known) {
  const targets = defaults(records.columns);
  const [wrong, example] = [h("div"), h("div")];
  const send = button("Send", () => prepare(kind, records, targets), { class: "primary" });
  const check = () => {
    const found = mistake(kind, targets);
    fill(wrong, found && refusal(found));
    send.disabled = found !== null;
    preview(example, records, targets);
  };
  check();
  return h(
    "section",
    { "aria-labelledby": "mapping" },
    h("h2", { id: "mapping" }, "Columns"),
    h(
      "p",
      {},
      `${records.count.toLocaleString("en")} records. A column whose field is empty is left out; a dot leads into a hash, as in company.name.`,
    ),
    mappingFields(records, known, targets, check),
    example,
    wrong,
    send,
  );
}

/** @param {import("./mapping.js").Kind} kind @param {import("./batch_file.js").Records} records @param {string[]} targets */
function prepare(kind, records, targets) {
  sending = { run: new Run(kind, records, targets), error: null, isRunning: false, isBegun: false };
  if (sending.run.isContinued) draw();
  else void go(sending);
}

/** @param {NonNullable<typeof sending>} job */
async function go(job) {
  Object.assign(job, { error: null, isRunning: true, isBegun: true });
  draw();
  try {
    await job.run.run(draw);
    announce("Everything is applied.");
  } catch (error) {
    job.error = error;
  }
  job.isRunning = false;
  draw();
}

/** @param {NonNullable<typeof sending>} job */
function progress(job) {
  const { run } = job;
  const another = button(
    "Another file",
    () => {
      sending = null;
      draw();
    },
    { disabled: job.isRunning },
  );
  if (!job.isBegun) {
    const anew = button("Begin anew", () => {
      run.beginAnew();
      void go(job);
    });
    const told = "This tab began to send the same records, and did not see their end. To continue sends nothing twice.";
    return h(
      "div",
      {},
      h("p", { class: "warning" }, told),
      h(
        "div",
        { class: "fields" },
        button("Continue", () => void go(job), { class: "primary" }),
        anew,
        another,
      ),
    );
  }
  const bar = h("progress", { max: Math.max(run.total, 1), value: run.done, "aria-label": "Progress" });
  const counts = Object.entries(run.counts).map(([name, count]) => row(name.replace("_count", ""), count.toLocaleString("en")));
  const state = run.isOver ? "Everything is applied." : job.isRunning ? "Sending and applying…" : "Not finished.";
  return h(
    "div",
    {},
    h("p", { class: run.isOver ? "done" : "" }, `${state} ${run.done.toLocaleString("en")} of ${run.total.toLocaleString("en")} records.`),
    bar,
    job.error !== null && problem(job.error),
    job.error !== null &&
      h(
        "p",
        {},
        "What was accepted stays accepted. To continue sends the rest, and nothing twice.",
        button("Continue", () => void go(job), { class: "primary" }),
      ),
    table("How the records ended", ["Outcome", "Records"], counts),
    troubles(run),
    another,
  );
}

/** @param {Run} run */
function troubles(run) {
  const found = run.troubles;
  if (found.length === 0) return null;
  const shown = found
    .slice(0, TROUBLES_SHOWN)
    .map((trouble) => row(String(trouble.row), trouble.outcome, text(trouble.property), text(trouble.message)));
  const file = () => {
    const lines = found.map(({ row: number, outcome, code, property, message }) =>
      line([String(number), outcome, code, property, message]),
    );
    save("rows.csv", [line(["row", "outcome", "code", "property", "message"]), ...lines], "text/csv");
  };
  return h(
    "section",
    { "aria-labelledby": "troubles" },
    h("h2", { id: "troubles" }, "Failed or warned of"),
    button("Save all as a CSV", file),
    found.length > TROUBLES_SHOWN && h("p", {}, `The first ${TROUBLES_SHOWN} of ${found.length.toLocaleString("en")}:`),
    table("Rows", ["Row", "Outcome", "Property", "Message"], shown),
  );
}

/** @param {string} message */
function refusal(message) {
  return h("p", { class: "problem", role: "alert" }, message);
}
