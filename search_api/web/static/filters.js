// Filters beside the results, with the number of relevant articles for each value.

import { hasFilters, NO_FILTERS, readSearch } from "./address.js";
import { PERIODS } from "./chips.js";
import { element, folded } from "./dom.js";
import { histogram } from "./histogram.js";
import { dayInWords, languageName, number, say } from "./interface.js";
import { isSame, readNames, toggleName } from "./names.js";
import { button } from "./notices.js";

/** @import {Search} from "./address.js" */
/** @import {TextName} from "./interface.js" */
/** @typedef {(change: Partial<Search>) => void} Change */
/** @typedef {Record<string, {value: string, count: number}[]>} Facets */

const MOST_VALUES = 20; // a facet with as many values may have more
const SHOWN_VALUES = 8;
const FIRST_YEAR = "1000"; // dates before it are those of a year that is being typed

/** @type {[string, TextName][]} */
const ORDERS = [
	["relevance", "sortRelevance"],
	["newest", "sortNewest"],
	["oldest", "sortOldest"],
	["blend", "sortBlend"],
];
/** @type {[string, TextName][]} */
const MODES = [
	["hybrid", "modeHybrid"],
	["semantic", "modeSemantic"],
	["exact", "modeExact"],
];
const unfolded = new Set(); // the fields whose further values somebody looks at

/**
 * Return the filters for a search and its answer. Each control has a `data-control` that names it.
 * @param {Search} search
 * @param {Facets} facets
 * @param {Change} change
 */
export function filterPanel(search, facets, change) {
	/** @param {"source" | "tag" | "author"} field */
	const names = (field) => {
		const chosen = readNames(search[field]).filter((each) => !each.isExcluded);
		return values(
			field,
			facets,
			chosen.map((each) => each.name),
			// The list in the address may be later than this panel: two values can be pressed before an answer is there.
			(value) => change({ [field]: value && toggleName(readSearch(location.href)[field], value) }),
		);
	};
	const { language } = search;
	return element(
		"div",
		{ class: "filters" },
		choice("sort", search.sort, ORDERS, (sort) => change({ sort })),
		search.like ? null : choice("mode", search.mode, MODES, (mode) => change({ mode })),
		values("language", facets, language ? [language] : [], (value) => change({ language: value }), languageName),
		names("source"),
		dates(search, facets, change),
		names("tag"),
		names("author"),
		hasFilters(search) ? button("clearFilters", () => change(NO_FILTERS)) : null,
	);
}

/**
 * @param {"sort" | "mode" | "period"} name
 * @param {string} chosen
 * @param {[string, TextName][]} options
 * @param {(value: string) => void} choose
 */
function choice(name, chosen, options, choose) {
	const menu = /** @type {HTMLSelectElement} */ (
		element(
			"select",
			{ name, "data-control": name, on: { change: () => choose(menu.value) } },
			...options.map(([value, text]) => element("option", { value, text: say(text), selected: value === chosen })),
		)
	);
	return element("label", { class: "choice" }, element("span", { text: say(name) }), menu);
}

/**
 * Return the values of a facet as buttons; those that are chosen stand there even if no article has them.
 * @param {"language" | "source" | "tag" | "author"} field
 * @param {Facets} facets
 * @param {string[]} chosen
 * @param {(value: string) => void} choose called with "" for all values
 * @param {(value: string) => string} [inWords]
 */
function values(field, facets, chosen, choose, inWords = (value) => value) {
	const counts = facets[field] ?? [];
	const missing = chosen.filter((name) => !counts.some((row) => isSame(row.value, name)));
	const rows = [...missing.map((value) => ({ value, count: 0 })), ...counts];
	if (!rows.length) return null;
	/** @param {string} value @param {number} [count] */
	const row = (value, count) => {
		const text = value ? inWords(value) : say("all");
		const isPressed = value ? chosen.some((name) => isSame(name, value)) : !chosen.length;
		const attributes = { type: "button", class: "value", "aria-pressed": String(isPressed), title: text };
		const press = { "data-control": `${field}:${value}`, on: { click: () => choose(value) } };
		const counted = count === undefined ? null : element("span", { class: "count", text: number(count) });
		return element("li", {}, element("button", { ...attributes, ...press }, element("bdi", { text }), counted));
	};
	const items = [row(""), ...rows.map(({ value, count }) => row(value, count))];
	const shown = element("ul", {}, ...items.splice(0, SHOWN_VALUES + 1));
	const legend = element("legend", { text: say(field) });
	return element("fieldset", {}, legend, shown, items.length ? further(field, items) : null);
}

/** @param {string} field @param {HTMLElement[]} items */
function further(field, items) {
	const details = folded(say("andMore", { n: items.length }), element("ul", {}, ...items));
	details.toggleAttribute("open", unfolded.has(field));
	details.addEventListener("toggle", () => unfolded[details.hasAttribute("open") ? "add" : "delete"](field));
	return details;
}

/**
 * Return the filter of dates: a bar for each day, or for each month where there are too many days, and fields.
 * @param {Search} search
 * @param {Facets} facets
 * @param {Change} change
 */
function dates(search, facets, change) {
	const days = facets.day ?? [];
	const byDay = days.length < MOST_VALUES;
	const bars = byDay ? days : (facets.month ?? []);
	const chart = histogram(
		bars.map(({ value, count }) => ({ value, count, text: say("barLabel", { n: count, when: dayInWords(value) }) })),
		say(byDay ? "articlesByDay" : "articlesByMonth"),
		[search.from.slice(0, byDay ? 10 : 7), search.to],
		(value) => change({ since: "", ...(byDay ? { from: value, to: value } : wholeMonth(value)) }),
	);
	return element(
		"fieldset",
		{},
		element("legend", { text: say("published") }),
		chart && element("div", { class: "chart" }, chart, ...ends(bars.map((bar) => bar.value))),
		choice("period", search.since, [["", "anyTime"], ...PERIODS], (since) => change({ since, from: "", to: "" })),
		element("div", { class: "range" }, dateField("from", search, change), dateField("to", search, change)),
	);
}

/** @param {string[]} days @returns {HTMLElement[]} the first and the last of them, to be written below the bars */
function ends(days) {
	const inOrder = days.toSorted();
	return [inOrder[0], inOrder[inOrder.length - 1]].map((day) => element("span", { text: dayInWords(day) }));
}

/**
 * Return the field of a date. While somebody types a year, it is 0002, 0020 and 0202 first, or no date at all.
 * @param {"from" | "to"} name
 * @param {Search} search
 * @param {Change} change
 */
function dateField(name, search, change) {
	const apply = () => {
		const range = { from: search.from, to: search.to, [name]: input.value };
		const isReversed = range.from && range.to && range.from > range.to;
		if (input.value !== search[name])
			change({ since: "", ...(isReversed ? { from: range.to, to: range.from } : range) });
	};
	const input = /** @type {HTMLInputElement} */ (
		element("input", {
			type: "date",
			name,
			value: search[name].slice(0, 10),
			"data-control": name,
			on: { change: () => input.value >= FIRST_YEAR && apply(), blur: () => input.value || apply() },
		})
	);
	return element("label", {}, element("span", { text: say(name) }), input);
}

/** @param {string} month such as 2026-02 */
function wholeMonth(month) {
	const [year, number] = month.split("-").map(Number);
	return { from: `${month}-01`, to: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10) };
}
