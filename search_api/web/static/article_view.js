// One article: its paragraphs in order, those that matched the search marked, and what other languages report.

import { articlePath } from "./address.js";
import { announce, element, inLanguage, safeAddress } from "./dom.js";
import { LEAST_RELEVANCE, origin } from "./hit_card.js";
import { say, whenPublished } from "./interface.js";
import { button, problemNotice, skeleton } from "./notices.js";
import { get, root } from "./service.js";

const MOST_SIMILAR = 5;

const content = /** @type {HTMLElement} */ (document.querySelector("#content"));

/** Show the article in the address. */
export async function showArticle() {
  const id = decodeURIComponent(location.pathname.slice(new URL("article/", root).pathname.length));
  const parameters = new URLSearchParams(location.search);
  const query = parameters.get("q") ?? "";
  const matching = (parameters.get("p") ?? "").split(",").map(Number); // the best one first
  content.replaceChildren(skeleton());
  try {
    const article = await get(`v1/articles/${articlePath(id)}`);
    const others = element("aside", { class: "side" });
    content.replaceChildren(element("div", { class: "columns of-article" }, whole(article, matching, query), others));
    document.title = `${article.title ?? say("untitled")} · ${say("title")}`;
    if (matching[0] > 1) content.querySelector("mark")?.scrollIntoView({ block: "center" });
    await showOthers(others, article);
  } catch (error) {
    content.replaceChildren(problemNotice(error, showArticle));
  }
}

/**
 * @param {any} article
 * @param {number[]} matching positions of paragraphs, the best one first
 * @param {string} query
 */
function whole(article, matching, query) {
  const original = safeAddress(article.url);
  const back = new URL(root);
  if (query) back.searchParams.set("q", query);
  const body = element("div", inLanguage(article.language));
  let section = "";
  for (const paragraph of article.paragraphs) {
    if (paragraph.section && paragraph.section !== section) body.append(element("h2", { text: paragraph.section }));
    section = paragraph.section ?? "";
    const { position, language } = paragraph;
    const isMatching = matching.includes(position);
    const text = element("p", {
      class: isMatching ? "text matching" : "text",
      title: isMatching ? say("matchingHere") : null,
      ...inLanguage(language),
    });
    text.append(position === matching[0] ? element("mark", { text: paragraph.text }) : paragraph.text);
    body.append(text);
  }
  return element(
    "article",
    { class: "whole" },
    element("p", { class: "actions" }, element("a", { href: back.href, text: say("backToResults") })),
    element("h1", { ...inLanguage(article.language), text: article.title ?? say("untitled") }),
    origin(article, ...(article.author ? [element("bdi", { text: say("by", { author: article.author }) })] : [])),
    element(
      "p",
      { class: "actions" },
      original && element("a", { href: original, rel: "noopener noreferrer", text: say("original") }),
      button("copyCitation", () => copy(citation(article))),
    ),
    body,
  );
}

/** @param {any} article */
function citation(article) {
  const published = article.published_at && whenPublished(article.published_at).exact;
  return [article.title, article.author, article.source, published, safeAddress(article.url)]
    .filter(Boolean)
    .join(". ");
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce(say("copied"));
  } catch {
    announce(say("notCopied"));
  }
}

/**
 * @param {Element} aside
 * @param {any} article
 */
async function showOthers(aside, article) {
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
    ? await get(`v1/articles/${articlePath(article.id)}/similar`, parameters)
    : { hits: [] };
  const entries = answer.hits
    .filter((/** @type {any} */ hit) => hit.relevance >= LEAST_RELEVANCE)
    .map((/** @type {any} */ hit) => {
      const address = new URL(`article/${articlePath(hit.article.id)}`, root);
      address.searchParams.set("p", hit.paragraph.position);
      const link = element("a", { href: address.href, text: hit.article.title ?? say("untitled") });
      return element("li", {}, element("p", inLanguage(hit.article.language), link), origin(hit.article));
    });
  aside.replaceChildren(
    element("h2", { text: say("otherReports") }),
    entries.length
      ? element("ul", { class: "others" }, ...entries)
      : element("p", { class: "meta", text: say("noOtherReports") }),
  );
}
