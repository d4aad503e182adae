// The filters that a search has, above its results: each is taken away with one press.

import { element } from "./dom.js";
import { dayInWords, languageName, say } from "./interface.js";
import { readNames, toggleName } from "./names.js";

/** @import {Search} from "./address.js" */

/** @type {[string, import("./interface.js").TextName][]} */
export const PERIODS = [
	["24h", "lastDay"],
	["7d", "lastWeek"],
	["30d", "lastMonth"],
];

/**
 * Return the filters of a search in words, each with what takes it away.
 * @param {Search} search
 * @returns {[string, Partial<Search>][]}
 */
export function filtersInWords(search) {
	/** @type {[string, Partial<Search>][]} */
	const filters = [];
	if (search.language)
		filters.push([search.language.split(",").map(languageName).join(say("listComma")), { language: "" }]);
	for (const field of /** @type {const} */ (["source", "tag", "author"])) {
		for (const { name, isExcluded } of readNames(search[field])) {
			const text = isExcluded ? say("without", { name }) : name;
			filters.push([text, { [field]: toggleName(search[field], name) }]);
		}
	}
	const { since, from, to } = search;
	const period = PERIODS.find(([value]) => value === since);
	if (since) filters.push([period ? say(period[1]) : since, { since: "" }]);
	if (from && from === to) filters.push([dayInWords(from), { from: "", to: "" }]);
	else {
		if (from) filters.push([`${say("from")} ${dayInWords(from)}`, { from: "" }]);
		if (to) filters.push([`${say("to")} ${dayInWords(to)}`, { to: "" }]);
	}
	return filters;
}

/**
 * @param {Search} search
 * @param {(change: Partial<Search>) => void} change
 */
export function chips(search, change) {
	const filters = filtersInWords(search);
	if (!filters.length) return null;
	const items = filters.map(([text, without]) =>
		element(
			"li",
			{},
			element(
				"button",
				{ type: "button", "aria-label": say("removeFilter", { name: text }), on: { click: () => change(without) } },
				element("bdi", { text }),
				element("span", { "aria-hidden": "true", text: " ×" }),
			),
		),
	);
	return element("ul", { class: "chips" }, ...items);
}
