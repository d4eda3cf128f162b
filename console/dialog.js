// Questions above the page.

import { button, h } from "./dom.js";

let titles = 0;

/**
 * Opens a dialog, which the keyboard cannot leave before it is closed.
 * @param {string} title
 * @param {(close: () => void) => Node[]} content made with the function that closes the dialog
 * @param {() => void} [cancelled] called when it is closed by its own button or by Escape
 */
export function open(title, content, cancelled = () => {}) {
  const before = document.activeElement;
  const heading = h("h2", { id: `dialog-${(titles += 1)}` }, title);
  const close = () => {
    box.close();
    box.remove();
    if (before instanceof HTMLElement) before.focus();
  };
  const cancel = () => {
    close();
    cancelled();
  };
  const box = h("dialog", { "aria-labelledby": heading.id });
  box.addEventListener("cancel", (event) => {
    event.preventDefault();
    cancel();
  });
  box.append(heading, ...content(close), button("Cancel", cancel));
  document.body.append(box);
  box.showModal();
}

/** Closes what is open, as its own button does: the question is about a page that is left. */
export function closeAll() {
  for (const box of document.querySelectorAll("dialog")) box.dispatchEvent(new Event("cancel"));
}
