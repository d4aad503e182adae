// One result: title, best paragraph with what matches in it, and where it comes from.

import { articlePath } from "./address.js";
import { dotted, element, inLanguage, safeAddress } from "./dom.js";
import { languageName, say, share, whenPublished } from "./interface.js";
import { root } from "./service.js";

export const LEAST_RELEVANCE = 0.5; // of what is shown as an answer

/**
 * Return the card of a hit.
 * @param {any} hit
 * @param {string} query what people searched for, which the page of the article shows again
 * @param {(id: string) => void} findSimilar
 */
export function hitCard(hit, query, findSimilar) {
  const { article, paragraph } = hit;
  const others = (hit.paragraphs ?? []).slice(1, Math.max(hit.matching_paragraphs, 1)); // the best ones come first
  const positions = [paragraph, ...others].map((each) => each.position);
  return element(
    "li",
    {},
    element(
      "article",
      { class: "hit" },
      element("h2", inLanguage(article.language), titleLink(article, positions, query)),
      origin(article, relevanceBar(hit.relevance)),
      paragraph.section && element("p", { class: "section", text: paragraph.section, ...inLanguage(article.language) }),
      markedText(paragraph, hit.highlights ?? []),
      others.length ? moreParagraphs(others) : null,
      hit.also_reported.length ? alsoReported(hit.also_reported) : null,
      hit.duplicate_count ? copies(hit) : null,
      actions(article, findSimilar),
    ),
  );
}

/**
 * Return source, date and language of an article in one line.
 * @param {any} article
 * @param {...Node} others
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
 * @param {number[]} positions
 * @param {string} query
 */
function titleLink(article, positions, query) {
  const address = new URL(`article/${articlePath(article.id)}`, root);
  if (positions.length) address.searchParams.set("p", positions.join(","));
  if (query) address.searchParams.set("q", query);
  return element("a", { href: address.href, text: article.title ?? say("untitled") });
}

/** @param {number} relevance */
function relevanceBar(relevance) {
  const text = say("relevance", { share: share(Math.floor(100 * relevance) / 100) });
  return element("meter", { class: "relevance", min: 0, max: 1, value: relevance, "aria-label": text, title: text });
}

/**
 * Return a paragraph with its best sentence and the words of the query marked; places count Unicode code points.
 * @param {any} paragraph
 * @param {{start: number, end: number, kind: string}[]} highlights
 */
function markedText(paragraph, highlights) {
  const characters = Array.from(paragraph.text);
  const text = element("p", { class: "text", ...inLanguage(paragraph.language) });
  const sentence = highlights.find((each) => each.kind === "sentence");
  const isWhole = sentence !== undefined && sentence.start === 0 && sentence.end >= characters.length;
  const terms = highlights.filter((each) => each.kind === "term");
  /** @param {Element} parent @param {number} start @param {number} end */
  const write = (parent, start, end) => {
    let at = start;
    for (const term of terms.filter((each) => each.start >= start && each.end <= end)) {
      parent.append(characters.slice(at, term.start).join(""));
      parent.append(element("b", { text: characters.slice(term.start, term.end).join("") }));
      at = term.end;
    }
    parent.append(characters.slice(at, end).join(""));
  };
  if (sentence === undefined || isWhole) {
    write(text, 0, characters.length);
    return text;
  }
  const mark = element("mark");
  write(text, 0, sentence.start);
  write(mark, sentence.start, sentence.end);
  text.append(mark);
  write(text, sentence.end, characters.length);
  return text;
}

/** @param {any[]} paragraphs */
function moreParagraphs(paragraphs) {
  const texts = paragraphs.map((each) =>
    element("p", { class: "text", text: each.text, ...inLanguage(each.language) }),
  );
  return element(
    "details",
    {},
    element("summary", { text: say("moreParagraphs", { n: paragraphs.length }) }),
    ...texts,
  );
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
  const entries = articles.map((each) =>
    element("li", {}, element("span", inLanguage(each.language), titleLink(each, [], "")), origin(each)),
  );
  return element("details", {}, element("summary", { text: summary }), element("ul", {}, ...entries));
}

/**
 * @param {any} article
 * @param {(id: string) => void} findSimilar
 */
function actions(article, findSimilar) {
  const original = safeAddress(article.url);
  const similar = new URL(root);
  similar.searchParams.set("like", article.id);
  /** @param {MouseEvent} event */
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    findSimilar(article.id);
  };
  const title = article.title ?? article.id;
  return element(
    "p",
    { class: "actions" },
    element("a", {
      href: similar.href,
      text: say("moreLikeThis"),
      "aria-label": `${say("moreLikeThis")}: ${title}`,
      on: { click: follow },
    }),
    original &&
      element("a", {
        href: original,
        rel: "noopener noreferrer",
        text: say("original"),
        "aria-label": `${say("original")}: ${title}`,
      }),
  );
}
