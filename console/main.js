// The console's entry: signs in, and shows the page that the address names.

import { isAborted, onRefusal } from "./api.js";
import { closeAll } from "./dialog.js";
import { announce, fill, h } from "./dom.js";
import { problem } from "./problems.js";
import { forget, secret } from "./session.js";
import { askAgain, signIn } from "./sign_in.js";

/**
 * Shows a page. `signal` is aborted when the page is left.
 * @typedef {(main: HTMLElement, id: string, signal: AbortSignal) => Promise<void>} Page
 */

/**
 * The pages by the first part of the address behind `#/`. The second part is an id.
 * @type {Record<string, { title: string, load: () => Promise<{ show: Page }> }>}
 */
const PAGES = {
  find: { title: "Find users", load: () => import("./find.js") },
  user: { title: "A user", load: () => import("./user.js") },
  deletion: { title: "A deletion", load: () => import("./deletion.js") },
  companies: { title: "Companies", load: () => import("./companies.js") },
  company: { title: "A company", load: () => import("./company.js") },
  tours: { title: "Tours", load: async () => ({ show: (await import("./experiences.js")).tours }) },
  surveys: { title: "Microsurveys", load: async () => ({ show: (await import("./experiences.js")).surveys }) },
  survey: { title: "A Microsurvey", load: () => import("./survey.js") },
  batches: { title: "Batches", load: () => import("./batches.js") },
};

const main = element("main");
let leave = new AbortController();

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

async function show() {
  leave.abort();
  closeAll();
  leave = new AbortController();
  const { signal } = leave;
  const [name = "", id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const key = Object.hasOwn(PAGES, name) ? name : "find";
  const page = /** @type {NonNullable<typeof PAGES[string]>} */ (PAGES[key]);
  // Ids only. A title or address with a name in it would stay in the browser's history.
  document.title = `${page.title} · Profiles console`;
  markCurrent(key);
  announce("");
  fill(main, h("h1", {}, page.title), h("p", {}, "Loading…"));
  main.setAttribute("aria-busy", "true");
  try {
    const { show: into } = await page.load();
    if (!signal.aborted) await into(main, decodeURIComponent(id), signal);
  } catch (error) {
    if (!isAborted(error) && !signal.aborted)
      fill(
        main,
        h("h1", {}, page.title),
        problem(error, () => void show()),
      );
  }
  if (!signal.aborted) main.removeAttribute("aria-busy");
}

/** @param {string} key */
function markCurrent(key) {
  for (const link of document.querySelectorAll("#pages a")) {
    if (link.getAttribute("href") === `#/${key}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function begin() {
  if (secret() === null) await signIn(main);
  for (const id of ["pages", "forget-secret"]) element(id).hidden = false;
  await show();
  focusPage();
}

/** Leads a screen reader to the page, which is seen from its top, with the links above it. */
function focusPage() {
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

element("forget-secret").addEventListener("click", () => {
  forget();
  // Loading the page again also removes what was read with the secret.
  location.replace(location.pathname);
});
document.querySelector(".skip")?.addEventListener("click", (event) => {
  // The address names the page; it must not become `#main`.
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => {
  if (secret() !== null) void show().then(focusPage);
});
onRefusal(askAgain);
void begin();
