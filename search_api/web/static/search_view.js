// The search: what the address asks for, its results, and every state in between.

import { isEmpty, readSearch, requestFor, writeSearch } from "./address.js";
import { drawAnswer } from "./answer_view.js";
import { announce, element, folded, painted } from "./dom.js";
import { announceFeed } from "./export_menu.js";
import { filterPanel } from "./filters.js";
import { say, whenPublished } from "./interface.js";
import { notice, problemNotice, skeleton } from "./notices.js";
import { rememberScroll, restoreScroll } from "./scroll.js";
import { Problem, get } from "./service.js";

/** @import {Search} from "./address.js" */

const content = /** @type {HTMLElement} */ (document.querySelector("#content"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("#search"));
const box = /** @type {HTMLInputElement} */ (document.querySelector("#q"));

const filters = element("aside", { class: "side", "aria-label": say("filters") });
const results = element("section", { class: "results" });
const columns = element("div", { class: "columns" }, filters, results);

let version = ""; // of the index that the results shown come from
let asked = new AbortController(); // of the latest request: the answer to an earlier one is never shown

/** Show what the address asks for, now and whenever it changes. */
export function startSearch() {
	content.replaceChildren(columns);
	rememberScroll();
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		if (!box.value.trim()) return;
		if (matchMedia("(pointer: coarse)").matches) box.blur(); // a phone's keyboard covers the results
		go({ ...current(), q: box.value.trim(), like: "", page: 1 });
	});
	window.addEventListener("popstate", () => show(current()).then(restoreScroll));
	window.addEventListener("online", () => results.querySelector("[role=alert]") && show(current()));
	const typed = box.value; // meanwhile
	void show(current()).then(restoreScroll);
	box.value = typed;
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
async function go(search) {
	history.pushState(null, "", writeSearch(search) || location.pathname);
	scrollTo({ top: 0 });
	await show(search);
}

/** @param {Partial<Search>} change */
function change(change) {
	void go({ ...current(), page: 1, ...change });
}

/** @param {Search} search */
async function show(search) {
	asked.abort();
	asked = new AbortController();
	const { signal } = asked;
	box.value = search.q;
	columns.classList.toggle("alone", isEmpty(search));
	if (isEmpty(search)) {
		announceFeed(search);
		await welcome(signal);
		return;
	}
	announce(say("searching"));
	results.setAttribute("aria-busy", "true");
	results.querySelector(".hits")?.classList.add("old");
	if (!results.querySelector(".hit")) results.replaceChildren(skeleton());
	if (!filters.firstChild) filters.append(folded(say("filters"))); // on a phone, its line is above the results
	try {
		const answer = await get(...requestFor(search, version), signal);
		version = answer.index.version;
		await draw(search, answer, signal);
	} catch (error) {
		if (!signal.aborted) fail(search, error);
	}
	if (!signal.aborted) results.removeAttribute("aria-busy");
}

/** @param {Search} search @param {unknown} error */
function fail(search, error) {
	if (error instanceof Problem && error.kind === "changed") {
		version = "";
		history.replaceState(null, "", writeSearch({ ...search, page: 1 }));
		void show({ ...search, page: 1 }).then(() => results.prepend(notice(say("changed"))));
		return;
	}
	if (error instanceof Problem && error.kind === "wrong") drawFilters(search, {}); // it may be one of them
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
		const when = whenPublished(index.created_at).words;
		holds.textContent = `${say("indexHolds", { n: index.counts.articles })} · ${say("builtWhen", { when })}`;
		showAge(index);
	} catch (error) {
		if (!signal.aborted) results.append(problemNotice(error, () => show(current())));
	}
}

/**
 * Show an answer; who has changed a filter with the keyboard stays there, and others begin with the heading.
 * @param {Search} search
 * @param {any} answer
 * @param {AbortSignal} signal
 */
async function draw(search, answer, signal) {
	document.title = `${answer.query.text} · ${say("title")}`;
	announceFeed(search);
	announce(say("shown", { n: answer.hits.length, page: search.page }));
	const wasHere = columns.contains(document.activeElement);
	const keepFocus = () => {
		const isLost = wasHere && document.activeElement === document.body;
		if (isLost) results.querySelector("h1")?.focus({ preventScroll: true });
	};
	const drawn = drawAnswer(results, search, answer, { go, change }, signal);
	keepFocus();
	await drawn;
	await painted();
	if (signal.aborted) return;
	drawFilters(search, answer.facets);
	keepFocus();
}

/**
 * Draw the filters: beside the results where there is room, and folded away on a phone.
 * @param {Search} search
 * @param {import("./filters.js").Facets} facets
 */
function drawFilters(search, facets) {
	const isOpen = matchMedia("(min-width: 60rem)").matches || filters.querySelector("details")?.open;
	const used = document.activeElement?.closest("[data-control]");
	const control = used && filters.contains(used) ? used.getAttribute("data-control") : null;
	const panel = folded(say("filters"), filterPanel(search, facets, change));
	panel.toggleAttribute("open", Boolean(isOpen));
	filters.replaceChildren(panel);
	if (control === null) return;
	const again = filters.querySelector(`[data-control="${CSS.escape(control)}"]`);
	/** @type {HTMLElement | null} */ (again)?.focus({ preventScroll: true });
}
