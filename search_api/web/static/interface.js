// The language that the page speaks: English or Arabic, as the browser prefers or as somebody has chosen here.

import { arabic } from "./strings_ar.js";
import { english } from "./strings_en.js";

/** @typedef {keyof typeof english} TextName */

const TABLES = { en: english, ar: arabic };
const CHOSEN = "khabar.interface";

/** @type {"en" | "ar"} */
export const speaks = chosen() ?? (navigator.languages.find(isSpoken)?.startsWith("ar") ? "ar" : "en");

// The digits and dates of the reader's own country, where the browser names it: Morocco writes 12, Egypt ١٢.
const locale = navigator.languages.find((tag) => tag.split("-")[0] === speaks) ?? speaks;
const plurals = new Intl.PluralRules(speaks);
const languageNames = soon(() => new Intl.DisplayNames(locale, { type: "language", fallback: "code" }));
const days = dates({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const months = dates({ month: "long", year: "numeric", timeZone: "UTC" });
const moments = dates({ dateStyle: "full", timeStyle: "short" });
const wholeDays = dates({ dateStyle: "full", timeZone: "UTC" });
const ago = soon(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));

/** @param {Intl.DateTimeFormatOptions} options */
function dates(options) {
	return soon(() => new Intl.DateTimeFormat(locale, { ...options, calendar: "gregory" }));
}

/**
 * Return what gives a formatter, made in a task of its own if it is not needed before: the first takes 25 ms.
 * @template T
 * @param {() => T} make
 */
function soon(make) {
	/** @type {T | undefined} */
	let made;
	const get = () => (made ??= make());
	setTimeout(get);
	return get;
}

/** @returns {"en" | "ar" | null} */
function chosen() {
	const stored = localStorage.getItem(CHOSEN);
	return stored === "en" || stored === "ar" ? stored : null;
}

/** @param {string} tag */
function isSpoken(tag) {
	return tag.split("-")[0] in TABLES;
}

/**
 * Return a text of the page. `values` replace {names} in it; with a number `n`, the plural form for it is taken.
 * @param {TextName} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(name, values = {}) {
	/** @type {string | Partial<Record<Intl.LDMLPluralRule, string>>} */
	const entry = TABLES[speaks][name];
	const text = typeof entry === "string" ? entry : (entry[plurals.select(Number(values.n))] ?? entry.other ?? "");
	return text.replace(/\{(\w+)\}/g, (_, key) => {
		const value = values[key] ?? "";
		return typeof value === "number" ? number(value) : value;
	});
}

/** @param {number} value */
export function number(value) {
	return value.toLocaleString(locale); // the first formatter of numbers takes long to make, so none is made before
}

/** @param {number} value */
export function share(value) {
	return value.toLocaleString(locale, { style: "percent" });
}

/** @param {number} seconds such as a build takes */
export function duration(seconds) {
	const [value, unit] = seconds < 120 ? [seconds, "second"] : [seconds / 60, "minute"];
	return value.toLocaleString(locale, { style: "unit", unit, maximumFractionDigits: 1 });
}

/** @param {string} tag */
export function languageName(tag) {
	try {
		return languageNames().of(tag) ?? tag;
	} catch {
		return tag; // not a language tag
	}
}

/**
 * Return a day (2026-05-01) or a month (2026-05) in words.
 * @param {string} text
 */
export function dayInWords(text) {
	const date = new Date(text);
	if (Number.isNaN(date.getTime())) return text;
	return (text.length === 7 ? months : days)().format(date);
}

/**
 * Return when an article came out in words, and the exact moment; the words are relative for a week.
 * @param {string} text ISO 8601, with or without a time
 * @returns {{words: string, exact: string}}
 */
export function whenPublished(text) {
	const isDay = text.length <= 10;
	const date = new Date(text);
	if (Number.isNaN(date.getTime())) return { words: text, exact: text };
	const exact = (isDay ? wholeDays : moments)().format(date);
	const hours = Math.round((date.getTime() - Date.now()) / 3_600_000);
	if (hours > 0 || hours < -7 * 24) return { words: days().format(date), exact };
	if (isDay || hours <= -24) return { words: ago().format(Math.ceil(hours / 24), "day"), exact };
	return { words: ago().format(hours, "hour"), exact };
}

/** Write the texts of the page that stand in its HTML, set its language and direction, and show it. */
export function translatePage() {
	document.documentElement.lang = speaks;
	document.documentElement.dir = speaks === "ar" ? "rtl" : "ltr";
	document.body.hidden = false;
	for (const each of document.querySelectorAll("[data-text], [data-label], [data-placeholder]")) {
		const { text, label, placeholder } = /** @type {HTMLElement} */ (each).dataset;
		if (text) each.textContent = say(/** @type {TextName} */ (text));
		if (label) each.setAttribute("aria-label", say(/** @type {TextName} */ (label)));
		if (placeholder) each.setAttribute("placeholder", say(/** @type {TextName} */ (placeholder)));
	}
	const other = speaks === "ar" ? "en" : "ar";
	const button = /** @type {HTMLElement} */ (document.querySelector("#interface-language"));
	button.textContent = TABLES[other].ownName;
	button.lang = other;
	button.addEventListener("click", () => {
		localStorage.setItem(CHOSEN, other);
		location.reload();
	});
}
