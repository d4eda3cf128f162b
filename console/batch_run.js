// Sending a file as batches, one after another, so that of two records about one user the later one counts.

import { call, sleep } from "./api.js";
import { stringify } from "./json.js";
import { item } from "./mapping.js";

// A batch of so many items is one part for the API, in which addresses may change hands.
const MOST_ITEMS = 5000;
// Lambda takes events of 6 MB, in which quotation marks and backslashes count twice.
const MOST_BYTES = 4_500_000;
const POLL_MILLISECONDS = 1000;
const REMEMBERED = "batches";

/** @typedef {{ row: number, json: string }} Item */
/** @typedef {{ row: number, outcome: "failed" | "warned", code: string, property: string, message: string }} Trouble */

const COUNTS = /** @type {const} */ (["created_count", "updated_count", "unchanged_count", "ignored_count", "failed_count"]);

/** Sends a file. It can be continued after an error: what was accepted is not sent again, and what may have been is sent under its key. */
export class Run {
  /** @type {Item[][]} */
  #batches;
  #digest;
  #key;
  /** The ids of the batches that were accepted. @type {string[]} */
  #accepted;
  #current = 0;
  /** @type {Record<string, number>[]} */
  #counts = [];
  /** @type {Map<number, Trouble[]>} */
  #troubles = new Map();

  /**
   * @param {import("./mapping.js").Kind} kind
   * @param {import("./batch_file.js").Records} records
   * @param {string[]} targets
   */
  constructor(kind, records, targets) {
    this.kind = kind;
    this.#batches = divide(items(records, targets));
    this.#digest = digest(kind, this.#batches);
    const remembered = remember();
    const isSame = remembered?.digest === this.#digest;
    this.#key = isSame ? remembered.key : random();
    this.#accepted = isSame ? remembered.accepted : [];
    /** Whether this tab began to send the same before. */
    this.isContinued = isSame;
    this.total = this.#batches.flat().length;
  }

  /** Forgets that this tab began to send the same, so that all of it is sent as something new. */
  beginAnew() {
    this.#key = random();
    this.#accepted = [];
    this.isContinued = false;
  }

  get isOver() {
    return this.#current === this.#batches.length;
  }

  /** How the items ended so far. */
  get counts() {
    return Object.fromEntries(COUNTS.map((name) => [name, this.#counts.reduce((sum, counts) => sum + (counts[name] ?? 0), 0)]));
  }

  get done() {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get troubles() {
    return [...this.#troubles.values()].flat();
  }

  /** Sends what is left, and returns when everything is applied. @param {() => void} progressed */
  async run(progressed) {
    for (; this.#current < this.#batches.length; this.#current += 1) {
      const id = this.#accepted[this.#current] ?? (await this.#send());
      await this.#follow(id, progressed);
    }
    sessionStorage.removeItem(REMEMBERED);
  }

  async #send() {
    const batch = this.#batches[this.#current] ?? [];
    // Before the request: after a lost connection the same must be sent under the same key, also by a page that was loaded again.
    this.#remember();
    const answer = await call("POST", `v3/observe/hooks/${this.kind}/batch`, {
      body: `{"${this.kind}":[${batch.map(({ json }) => json).join(",")}]}`,
      headers: { "Idempotency-Key": `${this.#key}-${this.#current}` },
    });
    this.#accepted.push(answer.batch.id);
    this.#remember();
    return answer.batch.id;
  }

  /** @param {string} id @param {() => void} progressed */
  async #follow(id, progressed) {
    for (;;) {
      const { batch } = await call("GET", `v3/observe/hooks/${this.kind}/batch/${id}?limit=1`);
      this.#counts[this.#current] = batch;
      progressed();
      if (batch.state === "completed") break;
      await sleep(POLL_MILLISECONDS);
    }
    this.#troubles.set(this.#current, await this.#read(id));
    progressed();
  }

  /** Reads what went wrong in a batch. @param {string} id */
  async #read(id) {
    const batch = this.#batches[this.#current] ?? [];
    /** @type {Trouble[]} */
    const found = [];
    for (let after = ""; ;) {
      const { errors = [], warnings = [], cursor } = await call("GET", `v3/observe/hooks/${this.kind}/batch/${id}?limit=500${after}`);
      for (const { index, code, message } of errors) found.push(trouble(batch, index, "failed", String(code), "", message));
      for (const { index, prop, message } of warnings) found.push(trouble(batch, index, "warned", "", prop, message));
      if (cursor === null || cursor.after === undefined || cursor.after === null) return found.sort((a, b) => a.row - b.row);
      after = `&after=${cursor.after}`;
    }
  }

  /** Ids and counts only: nothing of what is sent. */
  #remember() {
    sessionStorage.setItem(REMEMBERED, JSON.stringify({ digest: this.#digest, key: this.#key, accepted: this.#accepted }));
  }
}

/** @returns {{ digest: string, key: string, accepted: string[] } | null} */
function remember() {
  return JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "null");
}

/** @param {import("./batch_file.js").Records} records @param {string[]} targets @returns {Item[]} */
function items(records, targets) {
  const made = [];
  for (let record = 0; record < records.count; record += 1) {
    const json = item(records, targets, record);
    if (json !== null) made.push({ row: record + 1, json: stringify(json) });
  }
  return made;
}

/** @param {Item[]} all @returns {Item[][]} */
function divide(all) {
  /** @type {Item[][]} */
  const batches = [];
  let [batch, bytes] = [/** @type {Item[]} */ ([]), 0];
  for (const item of all) {
    const size = new TextEncoder().encode(item.json).length + (item.json.match(/["\\]/g)?.length ?? 0) + 1;
    if (batch.length > 0 && (batch.length === MOST_ITEMS || bytes + size > MOST_BYTES)) {
      batches.push(batch);
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/**
 * A hash of what is sent. It only tells this tab's own files apart: where it is wrong, the API refuses the key.
 * @param {string} kind @param {Item[][]} batches
 */
function digest(kind, batches) {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (const part of [kind, ...batches.flat().map(({ json }) => json)]) {
    for (let at = 0; at < part.length; at += 1) {
      high = Math.imul(high ^ part.charCodeAt(at), 2654435761);
      low = Math.imul(low ^ part.charCodeAt(at), 1597334677);
    }
    high = Math.imul(high ^ (low >>> 15), 2246822507);
    low = Math.imul(low ^ (high >>> 13), 3266489909);
  }
  return `${(high >>> 0).toString(16)}-${(low >>> 0).toString(16)}`;
}

function random() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {Item[]} batch @param {number} index @param {Trouble["outcome"]} outcome
 * @param {string} code @param {string} property @param {string} message
 * @returns {Trouble}
 */
function trouble(batch, index, outcome, code, property, message) {
  const row = batch[index]?.row ?? index + 1;
  return { row, outcome, code, property, message: message.replace(/the \d+(st|nd|rd|th) item/g, `row ${row}`) };
}
