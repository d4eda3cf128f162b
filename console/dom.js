// Elements of the page. Whatever comes from the API becomes text here, never markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

// Characters that cannot be seen, or that turn the direction of what follows: a name could look like another with them.
// The joiners U+200C and U+200D are left alone, because scripts and emoji need them.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/**
 * Makes an element. A property that begins with `on` is a listener; `true` sets an attribute, `false` and null leave it out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Replaces what is in an element. @param {Element} element @param {...(Child | Child[])} children */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Shows data as text that keeps its direction to itself, with hidden characters by their code.
 * @param {string} data
 * @returns {HTMLElement}
 */
export function text(data) {
  if (!HIDDEN.test(data)) return h("bdi", {}, data);
  const parts = data.split(new RegExp(`(${HIDDEN.source})`, "u"));
  return h(
    "bdi",
    {},
    parts.map((part) => (part.length === 1 && HIDDEN.test(part) ? code(part) : part)),
  );
}

/** @param {string} character */
function code(character) {
  const name = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return h("span", { class: "hidden-character" }, `U+${name}`);
}

let fields = 0;

/**
 * Makes a label above its field.
 * @template {HTMLElement} T
 * @param {string} name
 * @param {T} field
 * @param {string} [hint]
 */
export function labelled(name, field, hint) {
  field.id ||= `field-${(fields += 1)}`;
  const note = hint ? h("small", { id: `${field.id}-hint` }, hint) : null;
  if (note) field.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: field.id }, name), field, note);
}

/** @param {string} name @param {(event: Event) => void} onclick @param {Record<string, any>} [properties] */
export function button(name, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, name);
}

/** Makes a form that is never submitted by the browser. @param {() => void} onsubmit @param {...(Child | Child[])} children */
export function form(onsubmit, ...children) {
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onsubmit();
  };
  return h("form", { onsubmit: submit, novalidate: true, autocomplete: "off" }, ...children);
}

/** Tells a screen reader, and whoever looks at the line below. @param {string} message */
export function announce(message) {
  const status = document.getElementById("status");
  if (status) status.textContent = message;
}

/**
 * Makes a table that scrolls by itself on a narrow page, also by the keyboard.
 * @param {string} caption @param {(Child | Child[])[]} head @param {HTMLElement[]} rows
 */
export function table(caption, head, rows) {
  const columns = head.map((name) => h("th", { scope: "col" }, ...nodes([name])));
  const element = h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, columns)), h("tbody", {}, rows));
  return h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": caption }, element);
}

/** @param {...(Child | Child[])} cells */
export function row(...cells) {
  return h(
    "tr",
    {},
    cells.map((cell) => h("td", {}, cell)),
  );
}
