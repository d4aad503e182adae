// One result: title, best paragraph with what matches in it, and where it comes from.

import { EVERYTHING, writeSearch } from "./address.js";
import { dotted, element, folded, inLanguage, safeAddress } from "./dom.js";
import { excerpt } from "./excerpt.js";
import { languageName, say, share, whenPublished } from "./interface.js";
import { button } from "./notices.js";
import { root } from "./service.js";

/** @import {Search} from "./address.js" */

export const LEAST_RELEVANCE = 0.5; // of what is shown as an answer

/**
 * Return the card of a hit.
 * @param {any} hit
 * @param {Search} search to which the page of the article leads back
 * @param {(search: Search) => void} go
 */
export function hitCard(hit, search, go) {
	const { article, paragraph } = hit;
	const others = (hit.paragraphs ?? []).slice(1, Math.max(hit.matching_paragraphs, 1)); // the best ones come first
	const positions = [paragraph, ...others].map((each) => each.position);
	return element(
		"li",
		{},
		element(
			"article",
			{ class: "hit" },
			element("h2", inLanguage(article.language), titleLink(article, positions, search)),
			origin(article, relevance(hit)),
			paragraph.section && element("p", { class: "section", text: paragraph.section, ...inLanguage(article.language) }),
			paragraphText(paragraph, hit.highlights ?? []),
			others.length ? moreParagraphs(others) : null,
			hit.also_reported.length ? alsoReported(hit.also_reported) : null,
			hit.duplicate_count ? copies(hit) : null,
			element("p", { class: "actions" }, similarLink(article, go), originalLink(article)),
		),
	);
}

/** @param {any} hit */
function relevance(hit) {
	const words = say("relevance", { share: share(Math.floor(100 * hit.relevance) / 100) });
	return element(
		"span",
		{ class: "relevance", text: words },
		element("meter", { value: hit.relevance, "aria-hidden": "true" }),
	);
}

/**
 * Return source, date and language of an article in one line.
 * @param {any} article
 * @param {...(Node | string | null)} others
 */
export function origin(article, ...others) {
	const language = element("span", { class: "badge", text: languageName(article.language) });
	return dotted("p", "meta", language, article.source, article.published_at && publishedTime(article), ...others);
}

/** @param {any} article */
function publishedTime(article) {
	const { words, exact } = whenPublished(article.published_at);
	return element("time", { datetime: article.published_at, title: exact, text: words });
}

/**
 * @param {any} article
 * @param {number[]} positions of the paragraphs that its page marks, the best one first
 * @param {Search} search
 */
export function titleLink(article, positions, search) {
	const address = new URL(`article/${encodeURIComponent(article.id)}${writeSearch(search)}`, root);
	if (positions.length) address.searchParams.set("p", positions.join(","));
	return element("a", { href: address.href, text: article.title ?? say("untitled"), ...inLanguage(article.language) });
}

/**
 * Return a paragraph, or what is around the best of it if it is long, with a button that shows the whole.
 * @param {any} paragraph
 * @param {import("./excerpt.js").Highlight[]} highlights
 */
function paragraphText(paragraph, highlights) {
	const text = element("p", { class: "text", ...inLanguage(paragraph.language) });
	const [parts, isWhole] = excerpt(paragraph.text, highlights);
	text.append(...parts);
	if (isWhole) return text;
	const whole = button("wholeParagraph", () => {
		text.replaceChildren(...excerpt(paragraph.text, highlights, Number.POSITIVE_INFINITY)[0]);
		whole.remove();
	});
	whole.className = "plain";
	return element("div", {}, text, whole);
}

/** @param {any[]} paragraphs */
function moreParagraphs(paragraphs) {
	const texts = paragraphs.map(({ text, language }) => element("p", { class: "text", text, ...inLanguage(language) }));
	return folded(say("moreParagraphs", { n: paragraphs.length }), ...texts);
}

/** @param {any[]} articles */
function alsoReported(articles) {
	const languages = [...new Set(articles.map((each) => languageName(each.language)))].join(say("listComma"));
	return articleList(say("alsoReported", { n: articles.length, languages }), articles);
}

/** @param {any} hit */
function copies(hit) {
	const list = articleList(say("copies", { n: hit.duplicate_count }), hit.duplicates);
	const unnamed = hit.duplicate_count - hit.duplicates.length;
	if (unnamed > 0) list.lastElementChild?.append(element("li", { text: say("andMore", { n: unnamed }) }));
	return list;
}

/**
 * @param {string} summary
 * @param {any[]} articles
 */
function articleList(summary, articles) {
	const entries = articles.map((each) => element("li", {}, titleLink(each, [], EVERYTHING), origin(each)));
	return folded(summary, element("ul", {}, ...entries));
}

/**
 * Return the link to what is similar to an article; without `go`, it is followed as any link.
 * @param {any} article
 * @param {(search: Search) => void} [go]
 */
export function similarLink(article, go) {
	const similar = { ...EVERYTHING, like: article.id };
	/** @param {MouseEvent} event */
	const follow = (event) => {
		if (!go || event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
		event.preventDefault();
		go(similar);
	};
	return element("a", {
		href: new URL(writeSearch(similar), root).href,
		text: say("moreLikeThis"),
		"aria-label": `${say("moreLikeThis")}: ${article.title ?? article.id}`,
		on: { click: follow },
	});
}

/** @param {any} article */
export function originalLink(article) {
	const original = safeAddress(article.url);
	return (
		original &&
		element("a", {
			href: original,
			class: "original",
			rel: "noopener noreferrer",
			text: say("original"),
			"aria-label": `${say("original")}: ${article.title ?? article.id}`,
		})
	);
}
