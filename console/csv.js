// CSV, written and read: RFC 4180, with commas, UTF-8.

import { plain } from "./values.js";

/**
 * Writes a line. A text that a spreadsheet would take for a formula gets a `'` before it, because users may name themselves so.
 * @param {unknown[]} cells
 */
export function line(cells) {
  return `${cells.map((cell) => quoted(typeof cell === "string" ? withoutFormula(cell) : plain(cell))).join(",")}\r\n`;
}

/** @param {string} cell */
function withoutFormula(cell) {
  return /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell;
}

/** @param {string} cell */
function quoted(cell) {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A CSV that cannot be read without guessing. */
export class Doubt extends Error {}

/**
 * Reads a whole CSV. One quote or comma in the wrong place turns cells and rows into others, so that is refused.
 * @param {string} content
 * @returns {string[][]} its rows, without empty lines; the first has the columns' names
 */
export function read(content) {
  const rows = [...split(content.replace(/^\ufeff/, ""))];
  const width = rows[0]?.cells.length ?? 0;
  for (const { cells, at } of rows) {
    if (cells.length !== width) throw new Doubt(`Line ${at} has ${cells.length} cells, and the first line has ${width}.`);
  }
  return rows.map(({ cells }) => cells);
}

/** @param {string} content @returns {Generator<{ cells: string[], at: number }>} the rows, and the line in which each begins */
function* split(content) {
  let [position, at] = [0, 1];
  while (position < content.length) {
    const begins = at;
    /** @type {string[]} */
    const cells = [];
    for (;;) {
      const cell = content[position] === '"' ? quotedCell(content, position, at) : bareCell(content, position, at);
      cells.push(cell.value);
      at += cell.value.split(/\r\n|\r|\n/).length - 1;
      position = cell.end;
      if (content[position] !== ",") break;
      position += 1;
    }
    position += content.startsWith("\r\n", position) ? 2 : 1;
    at += 1;
    if (cells.length > 1 || cells[0] !== "") yield { cells, at: begins };
  }
}

/** @param {string} content @param {number} position @param {number} at */
function quotedCell(content, position, at) {
  let end = position + 1;
  for (;;) {
    end = content.indexOf('"', end);
    if (end < 0) throw new Doubt(`Line ${at} has a quote that is never closed.`);
    if (content[end + 1] !== '"') break;
    end += 2;
  }
  const after = content[end + 1];
  if (after !== undefined && !",\r\n".includes(after)) throw new Doubt(`Line ${at} has text after the quote that ends a cell.`);
  return { value: content.slice(position + 1, end).replaceAll('""', '"'), end: end + 1 };
}

/** @param {string} content @param {number} position @param {number} at */
function bareCell(content, position, at) {
  let end = position;
  while (end < content.length && !",\r\n".includes(content.charAt(end))) end += 1;
  const value = content.slice(position, end);
  if (value.includes('"')) throw new Doubt(`Line ${at} has a quote inside a cell that does not begin with one.`);
  return { value, end };
}
