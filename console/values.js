// Values of properties: what type they have, how they are shown, and how they are typed in.

import { h, text } from "./dom.js";
import { number, numberText, parse, stringify } from "./json.js";

/** @typedef {"text" | "number" | "true or false" | "time" | "list" | "hash" | "nothing"} Type */

// As the API writes times; see docs/api.md, "Answers".
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** @param {unknown} value @returns {Type} */
export function typeOf(value) {
  if (value === null) return "nothing";
  if (typeof value === "boolean") return "true or false";
  if (numberText(value) !== null) return "number";
  if (typeof value === "string") return TIME.test(value) ? "time" : "text";
  return Array.isArray(value) ? "list" : "hash";
}

/** Returns a value as text that can be typed in again under its type. @param {unknown} value @returns {string} */
export function plain(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : (numberText(value) ?? stringify(value));
}

/** @param {unknown} value @returns {HTMLElement} */
export function shown(value) {
  if (value === null || value === undefined) return h("i", {}, "nothing");
  if (value === "") return h("i", {}, "empty text");
  if (typeof value === "string" && TIME.test(value)) return time(value);
  const type = typeOf(value);
  return type === "list" || type === "hash" ? h("code", {}, text(stringify(value, 1))) : text(plain(value));
}

/** @param {string | null | undefined} value a time as the API writes it */
export function time(value) {
  if (!value) return h("i", {}, "never");
  return h("time", { datetime: value }, `${value.slice(0, 10)} ${value.slice(11, 19)} UTC`);
}

/** Reads what was typed in. Throws an error for people. @param {Type} type @param {string} typed @returns {unknown} */
export function read(type, typed) {
  switch (type) {
    case "number":
      if (!NUMBER.test(typed.trim())) throw new Error("This is not a number. Write it as 12, -3 or 12.5.");
      return number(typed.trim());
    case "true or false":
      if (typed.trim() !== "true" && typed.trim() !== "false") throw new Error("Write true or false.");
      return typed.trim() === "true";
    case "list":
    case "hash":
      return structure(type, typed);
    case "nothing":
      return null;
    default:
      return typed;
  }
}

/** @param {"list" | "hash"} type @param {string} typed */
function structure(type, typed) {
  const example = type === "list" ? '["a", "b"]' : '{"a": 1}';
  let value;
  try {
    value = parse(typed);
  } catch {
    value = undefined;
  }
  if (value === undefined || value === null || typeOf(value) !== type)
    throw new Error(`This is not a ${type} in JSON. Write it as ${example}.`);
  return value;
}
