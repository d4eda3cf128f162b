// Lists in pages, led on by the API's cursor.

import { isAborted } from "./api.js";
import { announce, button, fill, h } from "./dom.js";
import { problem } from "./problems.js";

/**
 * Makes a list of which one page is shown at a time, and shows the first.
 * @template T
 * @param {(before: string | null) => Promise<{ items: T[], next: string | null }>} load
 * @param {(items: T[]) => Node} draw
 */
export function paged(load, draw) {
  const place = h("div", { class: "pages" });
  /** The cursors of the pages up to the shown one. @type {(string | null)[]} */
  const cursors = [null];

  const show = async () => {
    const before = cursors.at(-1) ?? null;
    place.setAttribute("aria-busy", "true");
    try {
      const { items, next } = await load(before);
      const newer = button(
        "Previous page",
        () => {
          cursors.pop();
          void show();
        },
        { disabled: cursors.length === 1 },
      );
      const older = button(
        "Next page",
        () => {
          cursors.push(next);
          void show();
        },
        { disabled: next === null },
      );
      fill(place, draw(items), h("div", { class: "fields" }, newer, h("span", {}, `Page ${cursors.length}`), older));
      announce(`Page ${cursors.length}, ${items.length} ${items.length === 1 ? "line" : "lines"}.`);
    } catch (error) {
      if (!isAborted(error))
        fill(
          place,
          problem(error, () => void show()),
        );
    }
    place.removeAttribute("aria-busy");
  };
  void show();
  return place;
}

/** Returns the next page's part of a query, empty for the first. @param {string | null} before */
export function beforeParameter(before) {
  return before === null ? "" : `&before=${encodeURIComponent(before)}`;
}
