// Shows the API's document, with requests to the deployment that serves this page.

"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");

// Swagger UI is dark where this class is.
function color() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

async function start() {
  color();
  dark.addEventListener("change", color);
  // The page may be behind a stage of an API Gateway: `/prod/docs`.
  const origin = new URL(".", document.baseURI);
  const spec = await (await fetch(new URL("openapi.json", origin))).json();
  spec.servers = [{ url: origin.href.replace(/\/$/, ""), description: "This deployment" }];
  // Nothing is kept in the browser, and no other server is asked to check the document.
  SwaggerUIBundle({ spec, dom_id: "#ui", docExpansion: "list", deepLinking: false, persistAuthorization: false, validatorUrl: null });
}

void start();
