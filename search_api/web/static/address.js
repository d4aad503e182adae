// A search as it stands in the address, so that links, back and forward show the same.

export const PAGE_SIZE = 10;
export const MOST_HITS = 1_000; // the service gives no later ones

/**
 * `like` is the id of an article to which others are similar; it stands instead of `q`. `source` is a comma list.
 * @typedef {object} Search
 * @property {string} q
 * @property {string} like
 * @property {string} language
 * @property {string} source
 * @property {string} from
 * @property {string} to
 * @property {string} sort
 * @property {string} mode
 * @property {number} page from 1
 */

/** @type {Search} */
export const EVERYTHING = {
  q: "",
  like: "",
  language: "",
  source: "",
  from: "",
  to: "",
  sort: "relevance",
  mode: "hybrid",
  page: 1,
};

export const NO_FILTERS = { language: "", source: "", from: "", to: "" };

/** @param {string} address @returns {Search} */
export function readSearch(address) {
  const parameters = new URL(address).searchParams;
  const search = { ...EVERYTHING };
  for (const name of /** @type {const} */ (["q", "like", "language", "source", "from", "to", "sort", "mode"])) {
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
  return Boolean(search.language || search.source || search.from || search.to);
}

/**
 * Return the path and the parameters of the request for a page of a search.
 * @param {Search} search
 * @param {string} version of the index that the pages before come from, or ""
 * @returns {[string, URLSearchParams]}
 */
export function requestFor(search, version) {
  const parameters = new URLSearchParams({
    k: String(PAGE_SIZE),
    offset: String((search.page - 1) * PAGE_SIZE),
    group: "story",
    paragraphs: "4",
    highlight: "true",
    facets: "language,source,day,month",
    sort: search.sort,
    mode: search.mode,
  });
  if (search.language) parameters.set("language", search.language);
  if (search.source) parameters.set("source", search.source);
  if (search.from) parameters.set("published_from", search.from);
  if (search.to) parameters.set("published_to", search.to);
  if (version && search.page > 1) parameters.set("index_version", version);
  if (search.like) return [`v1/articles/${articlePath(search.like)}/similar`, parameters];
  parameters.set("q", search.q);
  return ["v1/search", parameters];
}

/**
 * Return an id as a part of a path; slashes in it belong to the id.
 * @param {string} id
 */
export function articlePath(id) {
  return encodeURIComponent(id);
}
