// Requests to the API of the origin that served this page.

import { announce } from "./dom.js";
import { parse, stringify } from "./json.js";
import { secret } from "./session.js";

// Of a request that is answered with 429 or 503. Nothing is lost by sending it again: see docs/api.md, "Errors".
const ATTEMPTS = 4;
const LONGEST_PAUSE_SECONDS = 30;

/** The API's answer was an error. */
export class ApiError extends Error {
  /** @param {number} status @param {string[]} messages */
  constructor(status, messages) {
    super(messages.join("; "));
    this.status = status;
    this.messages = messages;
  }
}

/** No answer came, so it is unknown whether the request had an effect. */
export class ConnectionLost extends Error {}

/** @typedef {{ body?: unknown, headers?: Record<string, string>, signal?: AbortSignal, secret?: string }} Options */

/** Asks for another secret, and returns whether there is one now. @type {() => Promise<boolean>} */
let renew = async () => false;

/** Tells what to do when the secret is no longer accepted. @param {() => Promise<boolean>} ask */
export function onRefusal(ask) {
  renew = ask;
}

/**
 * Sends a request until it is answered, and returns the answer.
 * @param {string} method
 * @param {string} path below the origin, without a slash before it. It must not hold what identifies a user.
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function call(method, path, options = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(method, path, options);
    const answer = await read(response);
    if (response.ok) return answer;
    const error = new ApiError(response.status, messages(answer));
    if ((response.status === 403 || response.status === 401) && options.secret === undefined && attempt < ATTEMPTS) {
      if (await renew()) continue;
      throw error;
    }
    if ((response.status !== 429 && response.status !== 503) || attempt === ATTEMPTS) throw error;
    await pause(response, attempt, options.signal);
  }
}

/** @param {string} method @param {string} path @param {Options} options */
async function send(method, path, options) {
  /** @type {Record<string, string>} */
  const headers = { ...options.headers, "X-Account-Secret": options.secret ?? secret() ?? "" };
  // Bodies that are texts are JSON already.
  const body = typeof options.body === "string" || options.body === undefined ? options.body : stringify(options.body);
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(address(path), {
      ...{ method, headers, signal: options.signal ?? null, credentials: "omit", cache: "no-store", redirect: "error" },
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw lost(error);
  }
}

/** The page may be behind a stage of an API Gateway: `/prod/console`. @param {string} path */
function address(path) {
  return new URL(path, new URL(".", document.baseURI));
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  let text;
  try {
    text = await response.text();
  } catch (error) {
    throw lost(error);
  }
  try {
    return parse(text);
  } catch {
    if (response.ok) throw new ConnectionLost("the answer is not JSON");
    return null;
  }
}

/** @param {unknown} error */
function lost(error) {
  const aborted = error instanceof DOMException && error.name === "AbortError";
  return aborted ? error : new ConnectionLost(error instanceof Error ? error.message : String(error));
}

/** The API's messages; what stands before it, such as a gateway, has one. @param {any} answer @returns {string[]} */
function messages(answer) {
  if (Array.isArray(answer?.messages)) return answer.messages.map(String);
  return typeof answer?.message === "string" ? [answer.message] : [];
}

/** @param {Response} response @param {number} attempt @param {AbortSignal} [signal] */
async function pause(response, attempt, signal) {
  const told = response.headers.get("Retry-After");
  const seconds = Math.min(told === null || Number.isNaN(Number(told)) ? 2 ** (attempt - 1) : Number(told), LONGEST_PAUSE_SECONDS);
  announce(`The API is busy. The request is sent again in ${seconds} s.`);
  await sleep(seconds * 1000, signal);
  announce("");
}

/** @param {number} milliseconds @param {AbortSignal} [signal] @returns {Promise<void>} */
export function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Whether an error only says that its page was left. @param {unknown} error */
export function isAborted(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
