// A file of users or companies, as columns and records.

import { Doubt, read as readCsv } from "./csv.js";
import { keepsDigits, parse } from "./json.js";

const MOST_BYTES = 50_000_000;
// A number that a JavaScript number may not hold.
const LONG_NUMBER = /[:[,]\s*-?\d[\d.]{15,}/;

/**
 * A record is a row of a CSV, or an object of a JSON file. A cell that is not there is undefined.
 * @typedef {{ columns: string[], count: number, cell: (record: number, column: number) => unknown }} Records
 */

/** Reads a file, or throws an error for people. @param {File} file @returns {Promise<Records>} */
export async function readFile(file) {
  if (file.size > MOST_BYTES) throw new Doubt("The file has more than 50 MB. Split it, or import it by the command `profiles import`.");
  let content;
  try {
    content = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Doubt("The file is not UTF-8, or cannot be read. Save it as UTF-8.");
  }
  return /^\s*[[{]/.test(content) ? ofJson(content) : ofCsv(content);
}

/** @param {string} content @returns {Records} */
function ofCsv(content) {
  const [columns, ...rows] = readCsv(content);
  if (columns === undefined || rows.length === 0) throw new Doubt("The file has no rows.");
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw new Doubt(`Two columns are named “${twice}”.`);
  // An empty cell says nothing about its property.
  return { columns, count: rows.length, cell: (record, column) => rows[record]?.[column] || undefined };
}

/** @param {string} content @returns {Records} */
function ofJson(content) {
  if (!keepsDigits() && LONG_NUMBER.test(content)) {
    throw new Doubt("The file has long numbers, which this browser would change. Use a newer browser, or write them as texts.");
  }
  const objects = objectsOf(content);
  if (objects.length === 0) throw new Doubt("The file has no records.");
  const wrong = objects.findIndex((object) => object === null || typeof object !== "object" || Array.isArray(object));
  if (wrong >= 0) throw new Doubt(`Record ${wrong + 1} is not an object.`);
  const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return { columns, count: objects.length, cell: (record, column) => valueOf(objects[record], columns[column]) };
}

/** @param {any} object @param {string | undefined} name */
function valueOf(object, name) {
  return name !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** An array, the body of a batch, or an object in each line. @param {string} content @returns {any[]} */
function objectsOf(content) {
  try {
    const whole = parse(content);
    if (Array.isArray(whole)) return whole;
    return whole.profiles ?? whole.companies ?? [whole];
  } catch {
    return content
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(objectOfLine);
  }
}

/** @param {string} line @param {number} index */
function objectOfLine(line, index) {
  try {
    return parse(line);
  } catch {
    throw new Doubt(`The file is neither JSON nor JSON lines: object ${index + 1} goes wrong.`);
  }
}
