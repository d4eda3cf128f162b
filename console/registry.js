// The properties that were ever sent, as the API lists them.

import { call } from "./api.js";

/** @typedef {{ prop: string, name: string, types: string[], values: unknown[] }} Property */

// What every profile or company has, which the registry does not list.
/** @type {Record<"profile" | "company", [string, string][]>} */
const FIELDS = {
  profile: [
    ["uid", "string"],
    ["email", "string"],
    ["id", "string"],
    ["created_at", "timestamp"],
    ["updated_at", "timestamp"],
    ["last_seen_at", "timestamp"],
    ["last_seen_session_count", "integer"],
    ["last_cleared_at", "timestamp"],
    ["percent", "float"],
    ["company_id", "string"],
    ["delivery_ids", "array"],
    ["browser_k", "string"],
    ["browser_l", "string"],
    ["browser_n", "string"],
    ["browser_tz", "integer"],
    ["browser_x", "integer"],
  ],
  company: [
    ["uid", "string"],
    ["id", "string"],
    ["created_at", "timestamp"],
    ["updated_at", "timestamp"],
  ],
};

/**
 * Loads the properties of a kind.
 * @param {"profile" | "company"} kind
 * @param {AbortSignal} signal
 * @param {string} [prefix] before each name: `company.` for the companies of profiles
 * @returns {Promise<Property[]>}
 */
export async function load(kind, signal, prefix = "") {
  /** @type {Property[]} */
  const found = FIELDS[kind].map(([prop, type]) => ({ prop, name: prop, types: [type], values: [] }));
  const known = new Set(found.map(({ prop }) => prop));
  for (let before = ""; before !== null;) {
    const page = await call("GET", `v3/edit/properties?kind=${kind}&limit=500${before && `&before=${encodeURIComponent(before)}`}`, {
      signal,
    });
    found.push(...page.properties.filter((/** @type {Property} */ { prop }) => !known.has(prop)));
    before = page.cursor.before;
  }
  return found.map((property) => ({ ...property, prop: prefix + property.prop }));
}
