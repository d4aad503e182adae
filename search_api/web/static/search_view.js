// The search: what the address asks for, its results, and every state in between.

import {
  EVERYTHING,
  MOST_HITS,
  PAGE_SIZE,
  hasFilters,
  isEmpty,
  readSearch,
  requestFor,
  writeSearch,
  NO_FILTERS,
} from "./address.js";
import { announce, element, inLanguage } from "./dom.js";
import { filterPanel } from "./filters.js";
import { hitCard, LEAST_RELEVANCE } from "./hit_card.js";
import { languageName, number, say, whenPublished } from "./interface.js";
import { button, notice, problemNotice, skeleton } from "./notices.js";
import { Problem, get } from "./service.js";

/** @typedef {import("./address.js").Search} Search */

const content = /** @type {HTMLElement} */ (document.querySelector("#content"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("#search"));
const box = /** @type {HTMLInputElement} */ (document.querySelector("#q"));

const filters = element("aside", { class: "side" });
const results = element("section", { class: "results" });

let version = ""; // of the index that the results shown come from
let asked = new AbortController(); // of the latest request: the answer to an earlier one is never shown

/** Show what the address asks for, now and whenever it changes. */
export function startSearch() {
  content.replaceChildren(element("div", { class: "columns" }, filters, results));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (box.value.trim()) go({ ...current(), q: box.value.trim(), like: "", page: 1 });
  });
  window.addEventListener("popstate", () => show(current()));
  window.addEventListener("online", () => results.querySelector("[role=alert]") && show(current()));
  show(current());
  if (!isEmpty(current())) void warnIfStale(); // an empty page asks for the index itself
}

/** @param {any} index */
function showAge(index) {
  content.querySelector(":scope > .notice")?.remove();
  if (index.stale) content.prepend(notice(say("stale", { n: Math.floor(index.age_s / 3600) })));
}

async function warnIfStale() {
  try {
    showAge(await get("v1/index"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the search itself says what is wrong
  }
}

function current() {
  return readSearch(location.href);
}

/** @param {Search} search */
function go(search) {
  history.pushState(null, "", writeSearch(search) || location.pathname);
  scrollTo({ top: 0 });
  show(search);
}

/** @param {Partial<Search>} change */
function change(change) {
  go({ ...current(), page: 1, ...change });
}

/** @param {Search} search */
async function show(search) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  box.value = search.q;
  if (isEmpty(search)) {
    await welcome(signal);
    return;
  }
  announce(say("searching"));
  results.setAttribute("aria-busy", "true");
  if (!results.querySelector(".hit")) results.replaceChildren(skeleton());
  try {
    const answer = await get(...requestFor(search, version), signal);
    version = answer.index.version;
    draw(search, answer);
  } catch (error) {
    if (signal.aborted) return;
    fail(search, error);
  }
  results.removeAttribute("aria-busy");
}

/** @param {Search} search @param {unknown} error */
function fail(search, error) {
  if (error instanceof Problem && error.kind === "changed") {
    version = "";
    history.replaceState(null, "", writeSearch({ ...search, page: 1 }));
    void show({ ...search, page: 1 }).then(() => results.prepend(notice(say("newVersion"))));
    return;
  }
  results.replaceChildren(problemNotice(error, () => show(current())));
}

/** @param {AbortSignal} signal */
async function welcome(signal) {
  document.title = say("title");
  filters.replaceChildren();
  results.removeAttribute("aria-busy");
  const holds = element("p", { class: "meta" });
  results.replaceChildren(
    element(
      "div",
      { class: "welcome" },
      element("h1", { text: say("welcome") }),
      element("p", { text: say("welcomeText") }),
      element("p", { text: say("welcomeSigns") }),
      holds,
    ),
  );
  box.focus();
  try {
    const index = await get("v1/index", undefined, signal);
    holds.textContent = say("indexHolds", { n: index.counts.articles });
    showAge(index);
  } catch (error) {
    if (!signal.aborted) results.append(problemNotice(error, () => show(current())));
  }
}

/** @param {Search} search @param {any} answer */
function draw(search, answer) {
  const query = answer.query.text;
  document.title = `${query} · ${say("title")}`;
  filters.replaceChildren(filterDetails(search, answer.facets));
  const title = element("bdi", { ...inLanguage(answer.query.language), text: query });
  const heading = say(search.like ? "similarTo" : "resultsFor", { query: "\u0000" }).split("\u0000");
  const findSimilar = (/** @type {string} */ id) => go({ ...EVERYTHING, like: id });
  const cards = answer.hits.map((/** @type {any} */ hit) => {
    const card = hitCard(hit, search.q, findSimilar);
    card.classList.toggle("pale", hit.relevance < LEAST_RELEVANCE);
    return card;
  });
  results.replaceChildren(
    element("h1", { class: "summary" }, heading[0], title, heading[1]),
    ...answer.warnings.map((/** @type {string} */ text) =>
      element("p", { class: "detail", lang: "en", dir: "ltr", text }),
    ),
  );
  if (cards.length === 0) results.append(nothing(search, query));
  else if (!answer.confident && search.page === 1) results.append(notice(say("unsure")));
  const more = pages(search, cards.length);
  results.append(element("ol", { class: "hits" }, ...cards), ...(more ? [more] : []), howAnswered(answer));
  announce(say("shown", { n: cards.length, page: search.page }));
}

/**
 * Return the filters: beside the results where there is room, and folded away on a phone.
 * @param {Search} search
 * @param {Record<string, {value: string, count: number}[]>} facets
 */
function filterDetails(search, facets) {
  const isOpen = matchMedia("(min-width: 60rem)").matches || filters.querySelector("details")?.open;
  return element(
    "details",
    { open: Boolean(isOpen) },
    element("summary", { text: say("filters") }),
    filterPanel(search, facets, change),
  );
}

/** @param {Search} search @param {string} query */
function nothing(search, query) {
  if (hasFilters(search)) {
    const clear = button("clearFilters", () => change(NO_FILTERS));
    return notice(say("nothingWithFilters"), clear);
  }
  if (search.mode === "exact")
    return notice(
      say("nothingExact"),
      button("searchByMeaning", () => change({ mode: "hybrid" })),
    );
  return notice(say("nothing", { query }));
}

/** @param {Search} search @param {number} nHits */
function pages(search, nHits) {
  const isLast = search.page * PAGE_SIZE >= MOST_HITS;
  const next = nHits === PAGE_SIZE && !isLast;
  if (search.page === 1 && !next) return null;
  return element(
    "nav",
    { class: "pages", "aria-label": say("pagesLabel") },
    search.page > 1 ? pageLink(search, search.page - 1, "previousPage", "prev") : null,
    element("span", { text: say("page", { n: search.page }) }),
    next ? pageLink(search, search.page + 1, "nextPage", "next") : null,
    isLast ? element("span", { text: say("lastPage") }) : null,
  );
}

/**
 * @param {Search} search
 * @param {number} page
 * @param {"previousPage" | "nextPage"} name
 * @param {string} rel
 */
function pageLink(search, page, name, rel) {
  const there = { ...search, page };
  /** @param {Event} event */
  const follow = (event) => {
    event.preventDefault();
    go(there);
  };
  return element("a", { href: writeSearch(there), rel, text: say(name), on: { click: follow } });
}

/** @param {any} answer */
function howAnswered(answer) {
  const { encode, search, fetch, total } = answer.timing_ms;
  const when = whenPublished(answer.index.created_at).words;
  const language = languageName(answer.query.language);
  return element(
    "details",
    { class: "how" },
    element("summary", { text: say("howAnswered") }),
    element("p", { text: say("answeredBy", { version: answer.index.version, when, language }) }),
    element("p", {
      text: say("answeredIn", {
        total: number(total),
        encode: number(encode),
        search: number(search),
        fetch: number(fetch),
      }),
    }),
  );
}
