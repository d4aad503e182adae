// An answer to a search: what was asked, how much there is, the results, and where they go on.

import { EVERYTHING, MOST_HITS, NO_FILTERS, PAGE_SIZE, hasFilters, writeSearch } from "./address.js";
import { chips } from "./chips.js";
import { dotted, element, folded, inLanguage, painted } from "./dom.js";
import { exportMenu } from "./export_menu.js";
import { LEAST_RELEVANCE, hitCard, titleLink } from "./hit_card.js";
import { languageName, number, say, whenPublished } from "./interface.js";
import { button, notice } from "./notices.js";
import { saveForm } from "./saved_searches.js";
import { serviceSays } from "./warnings.js";

/** @import {Search} from "./address.js" */

const FIRST_DRAWN = 2; // results; the others come a frame later

/**
 * `go` shows another search, `change` the same one with other filters, from its first page.
 * @typedef {{go: (search: Search) => void, change: (change: Partial<Search>) => void}} Ways
 */

/**
 * Draw an answer. The rest follows when its first results are on the screen, so that no task is long; nothing more is
 * drawn once `signal` is aborted.
 * @param {HTMLElement} results
 * @param {Search} search
 * @param {any} answer
 * @param {Ways} ways
 * @param {AbortSignal} signal
 */
export async function drawAnswer(results, search, answer, ways, signal) {
	const { hits } = answer;
	const items = cards(search, hits, ways.go);
	const list = element("ol", { class: "hits" }, ...items.slice(0, FIRST_DRAWN).map((item) => item()));
	results.replaceChildren(introduction(search, answer, ways), list);
	await painted();
	if (signal.aborted) return;
	list.append(...items.slice(FIRST_DRAWN).map((item) => item()));
	results.append(element("div", {}, pages(search, hits.length, ways.go), howAnswered(answer)));
}

/**
 * Return what stands above the results.
 * @param {Search} search
 * @param {any} answer
 * @param {Ways} ways
 */
function introduction(search, answer, ways) {
	const { hits } = answer;
	const relevant = relevantCount(search, answer.facets);
	return element(
		"div",
		{},
		heading(search, answer.query),
		relevant ? element("p", { class: "meta", text: say("relevantCount", { n: relevant }) }) : null,
		chips(search, ways.change),
		element("div", { class: "menus" }, exportMenu(search, relevant), saveForm(search)),
		...answer.warnings.map(serviceSays),
		hits.length ? null : nothing(search, answer.query.text, ways.change),
		hits.length && !answer.confident && search.page === 1 ? notice(say("unsure")) : null,
	);
}

/** @param {Search} search @param {{text: string, language: string}} query */
function heading(search, query) {
	const [before, after] = say(search.like ? "similarTo" : "resultsFor", { query: "\u0000" }).split("\u0000");
	const article = { id: search.like, title: query.text, language: query.language };
	const title = search.like
		? titleLink(article, [], EVERYTHING)
		: element("bdi", { ...inLanguage(query.language), text: query.text });
	return element("h1", { class: "summary", tabindex: "-1" }, before, title, after);
}

/** @param {Search} search @param {Record<string, {value: string, count: number}[]>} facets */
function relevantCount(search, facets) {
	const wanted = search.language.split(",");
	const counts = facets.language.filter((each) => !search.language || wanted.includes(each.value));
	return counts.reduce((sum, each) => sum + each.count, 0);
}

/**
 * Return what draws each result, with a line before the first that is hardly about what was asked.
 * @param {Search} search
 * @param {any[]} hits
 * @param {(search: Search) => void} go
 */
function cards(search, hits, go) {
	const items = hits.map((hit) => () => {
		const card = hitCard(hit, search, go);
		card.classList.toggle("pale", hit.relevance < LEAST_RELEVANCE);
		return card;
	});
	const from = hits.findIndex((hit) => hit.relevance < LEAST_RELEVANCE);
	const hasLine = search.sort === "relevance" && (from > 0 || (from === 0 && search.page > 1));
	if (hasLine) items.splice(from, 0, () => element("li", { class: "line", text: say("lessRelevant") }));
	return items;
}

/** @param {Search} search @param {string} query @param {Ways["change"]} change */
function nothing(search, query, change) {
	const ways = [];
	if (hasFilters(search)) ways.push(button("clearFilters", () => change(NO_FILTERS)));
	if (search.q.includes('"')) ways.push(button("withoutQuotes", () => change({ q: search.q.replaceAll('"', "") })));
	if (search.mode === "exact") ways.push(button("searchByMeaning", () => change({ mode: "hybrid" })));
	const text = hasFilters(search) ? "nothingWithFilters" : search.mode === "exact" ? "nothingExact" : "nothing";
	return notice(say(text, { query }), ...ways);
}

/** @param {Search} search @param {number} nHits @param {Ways["go"]} go */
function pages(search, nHits, go) {
	const isLast = search.page * PAGE_SIZE >= MOST_HITS;
	const next = nHits === PAGE_SIZE && !isLast;
	if (search.page === 1 && !next) return null;
	/** @param {number} page @param {"previousPage" | "nextPage"} name @param {string} rel */
	const link = (page, name, rel) => {
		const there = { ...search, page };
		/** @param {Event} event */
		const follow = (event) => {
			event.preventDefault();
			go(there);
		};
		return element("a", { href: writeSearch(there), rel, text: say(name), on: { click: follow } });
	};
	return element(
		"nav",
		{ class: "pages", "aria-label": say("pagesLabel") },
		search.page > 1 ? link(search.page - 1, "previousPage", "prev") : null,
		element("span", { text: say("page", { n: search.page }) }),
		next ? link(search.page + 1, "nextPage", "next") : null,
		isLast ? element("span", { text: say("lastPage") }) : null,
	);
}

/** @param {any} answer */
function howAnswered({ query, index, timing_ms: ms }) {
	const language = languageName(query.language);
	const when = whenPublished(index.created_at).words;
	return folded(
		say("howAnswered", { language, when, ms: ms.total }),
		dotted(
			"p",
			"meta",
			index.version,
			`${say("stageEncode")}: ${number(ms.encode)}`,
			`${say("stageSearch")}: ${number(ms.search)}`,
			`${say("stageFetch")}: ${number(ms.fetch)}`,
		),
	);
}
