// Files to save.

/** Lets the browser save a file. Its name must hold nothing about a user. @param {string} name @param {BlobPart[]} parts @param {string} type */
export function save(name, parts, type) {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Not at once, because the browser reads it only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
