// What people take away from a search: tables for spreadsheets and programs, and feeds for feed readers.

import { isEmpty, questionOf } from "./address.js";
import { dotted, element, folded } from "./dom.js";
import { say } from "./interface.js";
import { problemNotice } from "./notices.js";
import { hasKey, request, root } from "./service.js";

/** @import {Search} from "./address.js" */

const MOST_EXPORTED = 10_000;
const FEED_ENTRIES = 50;

/**
 * Return the menu of a search that has about so many relevant articles.
 * @param {Search} search
 * @param {number} relevant
 */
export function exportMenu(search, relevant) {
	const counts = relevant ? [relevant, MOST_EXPORTED] : [MOST_EXPORTED];
	/** @param {string} name @param {string} format */
	const files = (name, format) => dotted("li", "", name, ...counts.map((k) => fileLink(search, name, format, k)));
	/** @param {string} name @param {string} format */
	const feed = (name, format) => element("a", { href: feedAddress(search, format), text: name });
	return folded(
		say("export"),
		element(
			"ul",
			{},
			files("CSV", "csv"),
			files("JSON Lines", "jsonl"),
			hasKey()
				? element("li", { text: say("feedsNeedNoKey") })
				: dotted("li", "", say("feed"), feed("RSS", "rss"), feed("Atom", "atom")),
		),
	);
}

/**
 * Name the feed of a search in the head, where browsers and feed readers look for it; none without a search.
 * @param {Search} search
 */
export function announceFeed(search) {
	document.querySelector("link[rel=alternate]")?.remove();
	if (isEmpty(search) || hasKey()) return;
	const href = feedAddress(search, "atom");
	document.head.append(element("link", { rel: "alternate", type: "application/atom+xml", href }));
}

/** @param {Search} search @param {string} format @param {number} k */
function address(search, format, k) {
	const [path, parameters] = questionOf(search);
	parameters.set("format", format);
	parameters.set("k", String(k));
	return new URL(`${path}?${parameters}`, root).href;
}

/** @param {Search} search @param {string} format */
function feedAddress(search, format) {
	const sort = search.sort === "relevance" ? "newest" : search.sort; // who reads a feed wants to see what is new
	return address({ ...search, sort }, format, FEED_ENTRIES);
}

/**
 * Return a link that saves a file. Links of browsers send no key: where one is needed, the page fetches the file.
 * @param {Search} search
 * @param {string} name
 * @param {string} format
 * @param {number} k
 */
function fileLink(search, name, format, k) {
	const text = say(k === MOST_EXPORTED ? "upTo" : "bestOf", { n: k });
	const href = address(search, format, k);
	const link = element("a", { href, download: "", text, "aria-label": `${name}: ${text}` });
	if (hasKey()) link.addEventListener("click", (event) => save(event, link, href));
	return link;
}

/** @param {Event} event @param {Element} link @param {string} href */
async function save(event, link, href) {
	event.preventDefault();
	try {
		const response = await request(href);
		const name = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "khabar";
		const file = URL.createObjectURL(await response.blob());
		element("a", { href: file, download: name }).click();
		URL.revokeObjectURL(file);
	} catch (error) {
		link.after(problemNotice(error, () => save(event, link, href)));
	}
}
