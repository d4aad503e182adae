// Saved searches: keeping the search that is shown, and the list of those that there are.

import { EVERYTHING, FILTERS, writeSearch } from "./address.js";
import { filtersInWords } from "./chips.js";
import { dotted, element, folded } from "./dom.js";
import { say } from "./interface.js";
import { button, keyForm, problemNotice } from "./notices.js";
import { Problem, get, hasKey, request, root } from "./service.js";
import { serviceSays } from "./warnings.js";

/** @import {Search} from "./address.js" */

const PATH = "v1/saved-searches";
const MOST_CHARACTERS = 200; // of a name

/**
 * Return the form that saves a search; null for what is like an article, which cannot be saved.
 * @param {Search} search
 */
export function saveForm(search) {
	if (search.like) return null;
	const name = /** @type {HTMLInputElement} */ (
		element("input", {
			name: "name",
			value: search.q.slice(0, MOST_CHARACTERS),
			maxlength: MOST_CHARACTERS,
			required: true,
			dir: "auto",
		})
	);
	const outcome = element("div", { role: "status" });
	const form = element(
		"form",
		{},
		inWords(search),
		element("label", { class: "choice" }, element("span", { text: say("name") }), name),
		element("button", { type: "submit", text: say("save") }),
	);
	const save = async () => outcome.replaceChildren(await outcomeOf(name.value.trim(), search, save));
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		void save();
	});
	return folded(say("saveSearch"), form, outcome);
}

/**
 * Save a search, and return what came of it.
 * @param {string} id
 * @param {Search} search
 * @param {() => void} again
 */
async function outcomeOf(id, search, again) {
	const { q: query, language, source, tag, author, since, from, to, mode } = search;
	const fields = { id, query, language, source, tag, author, since, published_from: from, published_to: to, mode };
	const body = JSON.stringify(fields, (_, value) => value || undefined);
	try {
		await request(PATH, { method: "POST", body, headers: { "Content-Type": "application/json" } });
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		const needsKey = error.kind === "key" || error.kind === "scope";
		return needsKey ? keyForm(say("savingNeedsOperate"), again) : serviceSays(error.detail || say(error.kind));
	}
	const link = element("a", { href: new URL("status#saved", root).href, text: say("savedSearches") });
	return element("p", {}, say("savedIt"), " ", link);
}

/** @param {Search} search */
function inWords(search) {
	const filters = filtersInWords(search).map(([text]) => text);
	return dotted("p", "meta", search.q, ...filters);
}

/** Return the list of saved searches, each with what shows it, its feed of alerts, and what removes it. */
export async function savedSearches() {
	const { saved_searches: all } = await get(PATH);
	const section = element("section", { id: "saved" }, element("h2", { text: say("savedSearches") }));
	const items = all.map((/** @type {any} */ each) => item(each, section));
	section.append(
		items.length ? element("ul", {}, ...items) : element("p", { class: "meta", text: say("noSavedSearches") }),
	);
	return section;
}

/** @param {any} saved @param {Element} section */
function item(saved, section) {
	const search = { ...EVERYTHING, q: saved.query, mode: saved.mode };
	for (const name of FILTERS) {
		search[name] = saved[name === "from" || name === "to" ? `published_${name}` : name] ?? "";
	}
	const own = encodeURIComponent(saved.id);
	const remove = async () => {
		if (!confirm(say("removeSaved", { name: saved.id }))) return;
		try {
			await request(`${PATH}/${own}`, { method: "DELETE" });
			section.replaceWith(await savedSearches());
		} catch (error) {
			section.prepend(problemNotice(error, remove));
		}
	};
	const feed = new URL(`v1/alerts?saved_search=${own}&format=atom`, root).href;
	return element(
		"li",
		{},
		element("a", { href: new URL(writeSearch(search), root).href, text: saved.id, dir: "auto" }),
		inWords(search),
		element(
			"p",
			{ class: "actions" },
			hasKey() ? null : element("a", { href: feed, text: say("feedOfAlerts") }),
			button("remove", remove),
		),
	);
}
