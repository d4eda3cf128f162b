// Shows the API's document, with requests to the deployment that serves this page.

"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI is dark where this class is.
function color() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

// Fields that Swagger UI gives no name, for screen readers.
const NAMES = { "#servers": "Server", ".body-param__text": "Request body", ".examples-select-element": "Example" };

function nameFields() {
  for (const [fields, name] of Object.entries(NAMES))
    for (const field of document.querySelectorAll(`${fields}:not([aria-label])`)) field.setAttribute("aria-label", name);
}

async function start() {
  new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
  color();
  dark.addEventListener("change", color);
  // The page may be behind a stage of an API Gateway: `/prod/docs`.
  const origin = new URL(".", document.baseURI);
  const spec = await (await fetch(new URL("openapi.json", origin))).json();
  spec.servers = [{ url: origin.href.replace(/\/$/, ""), description: "This deployment" }];
  // Nothing is kept in the browser, and no other server is asked to check the document.
  const settings = { deepLinking: false, docExpansion: "list", dom_id: "#ui", persistAuthorization: false, validatorUrl: null };
  // The colors of its code are too dark to read.
  SwaggerUIBundle({ spec, ...settings, syntaxHighlight: false });
}

void start();
