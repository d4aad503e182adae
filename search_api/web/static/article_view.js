// One article: its paragraphs in order, those that matched the search marked, and what other languages report.

import { EVERYTHING, isEmpty, readSearch, writeSearch } from "./address.js";
import { announce, element, inLanguage, safeAddress } from "./dom.js";
import { LEAST_RELEVANCE, origin, originalLink, similarLink, titleLink } from "./hit_card.js";
import { say, whenPublished } from "./interface.js";
import { button, problemNotice, skeleton } from "./notices.js";
import { rememberScroll, restoreScroll } from "./scroll.js";
import { get, root } from "./service.js";

const MOST_SIMILAR = 5;
const COPIED_MS = 3000;

const content = /** @type {HTMLElement} */ (document.querySelector("#content"));

/** Show the article in the address. */
export async function showArticle() {
	const id = decodeURIComponent(location.pathname.slice(new URL("article/", root).pathname.length));
	const matching = (new URLSearchParams(location.search).get("p") ?? "").split(",").map(Number); // the best one first
	content.replaceChildren(skeleton());
	rememberScroll();
	try {
		const article = await get(`v1/articles/${encodeURIComponent(id)}`);
		const others = element("aside", { class: "side" });
		content.replaceChildren(element("div", { class: "columns of-article" }, whole(article, matching), others));
		document.title = `${article.title ?? say("untitled")} · ${say("title")}`;
		if (!restoreScroll() && matching[0] > 1) content.querySelector("mark")?.scrollIntoView({ block: "center" });
		void showOthers(others, article);
	} catch (error) {
		content.replaceChildren(problemNotice(error, showArticle));
	}
}

/**
 * @param {any} article
 * @param {number[]} matching positions of paragraphs, the best one first
 */
function whole(article, matching) {
	return element(
		"article",
		{ class: "whole" },
		backLink(),
		element("h1", { ...inLanguage(article.language), text: article.title ?? say("untitled") }),
		origin(
			article,
			article.author && element("bdi", { text: say("by", { author: article.author }) }),
			...article.tags.map((/** @type {string} */ text) => element("bdi", { class: "badge", text })),
		),
		element("p", { class: "actions" }, originalLink(article), similarLink(article), copyButton(article)),
		body(article, matching),
	);
}

/** Return the way back to the search that this article was found with, as it was: page, order and filters. */
function backLink() {
	const search = readSearch(location.href);
	if (isEmpty(search)) return null;
	const back = new URL(writeSearch(search), root);
	return element("p", { class: "actions" }, element("a", { href: back.href, text: say("backToResults") }));
}

/** @param {any} article @param {number[]} matching */
function body(article, matching) {
	const texts = element("div", inLanguage(article.language));
	let section = "";
	for (const { position, language, text, ...paragraph } of article.paragraphs) {
		if (paragraph.section && paragraph.section !== section) texts.append(element("h2", { text: paragraph.section }));
		section = paragraph.section ?? "";
		const isMatching = matching.includes(position);
		const attributes = {
			class: isMatching ? "text matching" : "text",
			title: isMatching ? say("matchingHere") : null,
			...inLanguage(language),
		};
		texts.append(element("p", attributes, position === matching[0] ? element("mark", { text }) : text));
	}
	return texts;
}

/**
 * Return what can be pasted into a text; title and address have lines of their own, so that a line has one direction.
 * @param {any} article
 */
function citation(article) {
	const published = article.published_at && whenPublished(article.published_at).exact;
	const origin = [article.author, article.source, published].filter(Boolean).join(". ");
	return [article.title, origin, safeAddress(article.url)].filter(Boolean).join("\n");
}

/** @param {any} article */
function copyButton(article) {
	const copy = button("copyCitation", async () => {
		const done = await navigator.clipboard.writeText(citation(article)).then(
			() => say("copied"),
			() => say("notCopied"),
		);
		announce(done);
		copy.textContent = done;
		setTimeout(() => {
			copy.textContent = say("copyCitation");
		}, COPIED_MS);
	});
	return copy;
}

/**
 * @param {Element} aside
 * @param {any} article
 */
async function showOthers(aside, article) {
	const heading = element("h2", { text: say("otherReports") });
	aside.replaceChildren(heading, skeleton(1));
	try {
		aside.replaceChildren(heading, await otherReports(article));
	} catch (error) {
		aside.replaceChildren(problemNotice(error, () => showOthers(aside, article)));
	}
}

/** @param {any} article */
async function otherReports(article) {
	const index = await get("v1/index");
	const languages = Object.keys(index.counts.paragraphs_by_language).filter(
		(language) => language !== article.language,
	);
	const parameters = new URLSearchParams({
		k: String(MOST_SIMILAR),
		group: "story",
		language: languages.slice(0, 8).join(","),
	});
	const answer = languages.length
		? await get(`v1/articles/${encodeURIComponent(article.id)}/similar`, parameters)
		: { hits: [] };
	const entries = answer.hits
		.filter((/** @type {any} */ hit) => hit.relevance >= LEAST_RELEVANCE)
		.map((/** @type {any} */ hit) =>
			element(
				"li",
				{},
				element("p", inLanguage(hit.article.language), titleLink(hit.article, [hit.paragraph.position], EVERYTHING)),
				origin(hit.article),
			),
		);
	return entries.length
		? element("ul", { class: "others" }, ...entries)
		: element("p", { class: "meta", text: say("noOtherReports") });
}
