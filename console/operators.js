// The tests of a filter, by the types that a property's values have; see docs/api.md, "Filters".

/** @typedef {{ op: string, label: string, value: "none" | "text" | "days" | "list" }} Operator */

/** @type {Record<string, [string, Operator["value"]]>} */
const LABELS = {
  eq: ["is", "text"],
  ne: ["is not", "text"],
  "in-i": ["contains", "text"],
  "nin-i": ["does not contain", "text"],
  sw: ["begins with", "text"],
  gt: ["is more than", "text"],
  gte: ["is at least", "text"],
  lt: ["is less than", "text"],
  lte: ["is at most", "text"],
  "gt-d": ["is within the last … days", "days"],
  "lt-d": ["is more than … days ago", "days"],
  "in-v": ["is one of (with commas between)", "list"],
  "nin-v": ["is none of (with commas between)", "list"],
  "in-a": ["has the item", "text"],
  "nin-a": ["lacks the item", "text"],
  ex: ["is there", "none"],
  nx: ["is not there", "none"],
};

/** @type {Record<string, string[]>} */
const BY_TYPE = {
  string: ["eq", "ne", "in-i", "nin-i", "sw", "in-v", "nin-v", "ex", "nx"],
  integer: ["eq", "ne", "gt", "gte", "lt", "lte", "in-v", "nin-v", "ex", "nx"],
  float: ["eq", "ne", "gt", "gte", "lt", "lte", "in-v", "nin-v", "ex", "nx"],
  boolean: ["eq", "ne", "ex", "nx"],
  timestamp: ["gt-d", "lt-d", "gt", "gte", "lt", "lte", "eq", "ne", "ex", "nx"],
  array: ["in-a", "nin-a", "ex", "nx"],
  hash: ["ex", "nx"],
  null: ["ex", "nx"],
};

/** Returns the tests for values of these types; all of them if none is known. @param {string[]} types @returns {Operator[]} */
export function operators(types) {
  const fitting = new Set(types.flatMap((type) => BY_TYPE[type] ?? []));
  const all = Object.entries(LABELS).map(([op, [label, value]]) => ({ op, label, value }));
  return fitting.size === 0 ? all : all.filter(({ op }) => fitting.has(op));
}
