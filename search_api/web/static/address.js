// A search as it stands in the address, so that links, back and forward show the same.

export const PAGE_SIZE = 10;
export const MOST_HITS = 1_000; // the service gives no later ones

export const NO_FILTERS = { language: "", source: "", tag: "", author: "", since: "", from: "", to: "" };

/** @typedef {keyof typeof NO_FILTERS} Filter */

/**
 * `like` is the id of an article to which others are similar; it stands instead of `q`. `source`, `tag` and `author`
 * are lists of names; `since` stands instead of `from`. Pages count from 1.
 * @typedef {Record<"q" | "like" | "sort" | "mode" | Filter, string> & {page: number}} Search
 */

/** @type {Search} */
export const EVERYTHING = { q: "", like: "", ...NO_FILTERS, sort: "relevance", mode: "hybrid", page: 1 };

export const FILTERS = /** @type {Filter[]} */ (Object.keys(NO_FILTERS));

/** @param {string} address @returns {Search} */
export function readSearch(address) {
	const parameters = new URL(address).searchParams;
	const search = { ...EVERYTHING };
	for (const name of /** @type {const} */ (["q", "like", "sort", "mode", ...FILTERS])) {
		search[name] = parameters.get(name)?.trim() || EVERYTHING[name];
	}
	search.page = Math.min(Math.max(Math.trunc(Number(parameters.get("page"))) || 1, 1), MOST_HITS / PAGE_SIZE);
	return search;
}

/** @param {Search} search */
export function writeSearch(search) {
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(search)) {
		if (value !== EVERYTHING[/** @type {keyof Search} */ (name)]) parameters.set(name, String(value));
	}
	const text = parameters.toString();
	return text ? `?${text}` : "";
}

/** @param {Search} search */
export function isEmpty(search) {
	return !search.q && !search.like;
}

/** @param {Search} search */
export function hasFilters(search) {
	return FILTERS.some((name) => search[name]);
}

/**
 * Return the path and the parameters that ask the service for a search, whatever the page.
 * @param {Search} search
 * @returns {[string, URLSearchParams]}
 */
export function questionOf(search) {
	const parameters = new URLSearchParams({ group: "story", sort: search.sort, mode: search.mode });
	for (const name of FILTERS) {
		if (search[name]) parameters.set(name === "from" || name === "to" ? `published_${name}` : name, search[name]);
	}
	if (search.like) return [`v1/articles/${encodeURIComponent(search.like)}/similar`, parameters];
	parameters.set("q", search.q);
	return ["v1/search", parameters];
}

/**
 * Return the path and the parameters of the request for a page of a search.
 * @param {Search} search
 * @param {string} version of the index that the pages before come from, or ""
 * @returns {[string, URLSearchParams]}
 */
export function requestFor(search, version) {
	const [path, parameters] = questionOf(search);
	const page = {
		k: PAGE_SIZE,
		offset: (search.page - 1) * PAGE_SIZE,
		paragraphs: 4,
		highlight: true,
		facets: "language,source,tag,author,day,month",
	};
	for (const [name, value] of Object.entries(page)) parameters.set(name, String(value));
	if (version && search.page > 1) parameters.set("index_version", version);
	return [path, parameters];
}
