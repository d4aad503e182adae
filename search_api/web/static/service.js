// Requests to the public HTTP interface, and what can go wrong with them.

export const root = new URL("../../", import.meta.url); // the files of the page are in web/VERSION/
const KEY = "khabar.key"; // kept for this tab only, until it is closed

/** @typedef {"key" | "scope" | "changed" | "overloaded" | "offline" | "missing" | "wrong" | "failed"} ProblemKind */

/** A request that was not answered as it should be; `kind` says what a page can do about it. */
export class Problem extends Error {
  /**
   * @param {ProblemKind} kind
   * @param {string} detail what the service says, in English
   * @param {number} [retryAfter] seconds
   */
  constructor(kind, detail, retryAfter = 0) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** @type {Record<number, ProblemKind>} */
const KINDS = {
  401: "key",
  403: "scope",
  404: "missing",
  409: "changed",
  422: "wrong",
  400: "wrong",
  503: "overloaded",
};

/**
 * Return the answer to a GET request; the path is relative to the service.
 * @param {string} path
 * @param {URLSearchParams} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, parameters, signal) {
  const response = await request(path, parameters, signal);
  return await response.json();
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
export async function getText(path) {
  return await (await request(path)).text();
}

/**
 * @param {string} path
 * @param {URLSearchParams} [parameters]
 * @param {AbortSignal} [signal]
 */
async function request(path, parameters, signal) {
  const address = new URL(path, root);
  if (parameters) address.search = parameters.toString();
  const key = sessionStorage.getItem(KEY);
  let response;
  try {
    response = await fetch(address, { headers: key ? { "X-API-Key": key } : {}, signal });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("offline", "");
  }
  if (response.ok) return response;
  const detail = await response.json().then(
    (body) => body.detail ?? "",
    () => "",
  );
  const kind = KINDS[response.status] ?? (response.status === 429 ? "overloaded" : "failed");
  throw new Problem(kind, detail, Number(response.headers.get("Retry-After") ?? 0));
}

export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

/** @param {string} key */
export function keepKey(key) {
  sessionStorage.setItem(KEY, key.trim());
}

export function forgetKey() {
  sessionStorage.removeItem(KEY);
}
