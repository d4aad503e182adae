// Requests to the public HTTP interface, and what can go wrong with them.

export const root = new URL("../../", import.meta.url); // the files of the page are in web/VERSION/
const KEY = "khabar.key"; // kept for this tab only, until it is closed

/** @typedef {"key" | "keyRefused" | "scope" | "changed" | "overloaded" | "offline" | "missing" | "wrong" | "failed"} ProblemKind */

/** A request that was not answered as it should be; `kind` says what a page can do about it. */
export class Problem extends Error {
	/**
	 * @param {ProblemKind} kind
	 * @param {string} detail what the service says, in English
	 */
	constructor(kind, detail) {
		super(detail);
		this.kind = kind;
		this.detail = detail;
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
	429: "overloaded",
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
	return (await request(parameters ? `${path}?${parameters}` : path, { signal })).json();
}

/** @param {string} path @param {RequestInit} [options] of a request; a problem is thrown */
export async function request(path, options = {}) {
	const key = sessionStorage.getItem(KEY);
	const headers = { ...options.headers, ...(key ? { "X-API-Key": key } : {}) };
	let response;
	try {
		response = await fetch(new URL(path, root), { ...options, headers });
	} catch (error) {
		if (error instanceof DOMException && error.name === "AbortError") throw error;
		throw new Problem("offline", "");
	}
	if (response.ok) return response;
	const detail = await response.json().then(
		(body) => body.detail ?? "",
		() => "",
	);
	const isRefused = response.status === 401 && key;
	if (isRefused && sessionStorage.getItem(KEY) === key) sessionStorage.removeItem(KEY); // there may be a better one
	throw new Problem(isRefused ? "keyRefused" : (KINDS[response.status] ?? "failed"), detail);
}

export function hasKey() {
	return sessionStorage.getItem(KEY) !== null;
}

/** @param {string} key */
export function keepKey(key) {
	sessionStorage.setItem(KEY, key.trim());
}
