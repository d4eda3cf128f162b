// JSON whose numbers keep all their digits.
//
// The API's numbers have up to 38 digits, of which a JavaScript number holds 15. A number that would change is kept as its text.

/** @param {string} text @returns {any} */
export function parse(text) {
  return JSON.parse(text, (_key, value, context) => {
    const source = context?.source;
    const changes = typeof value === "number" && source !== undefined && String(value) !== source;
    return changes && JSON.rawJSON ? JSON.rawJSON(source) : value;
  });
}

/** Whether this browser keeps all digits. @returns {boolean} */
export function keepsDigits() {
  return JSON.rawJSON !== undefined;
}

/** Returns a number that is sent as this text, which must be a JSON number. @param {string} text @returns {any} */
export function number(text) {
  return JSON.rawJSON ? JSON.rawJSON(text) : Number(text);
}

/** Returns the text of a number as the API sent it, or null if the value is no number. @param {unknown} value @returns {string | null} */
export function numberText(value) {
  if (typeof value === "number") return String(value);
  return JSON.isRawJSON?.(value) ? value.rawJSON : null;
}

/** @param {unknown} value @param {number} [indent] @returns {string} */
export function stringify(value, indent) {
  return JSON.stringify(value, null, indent);
}
