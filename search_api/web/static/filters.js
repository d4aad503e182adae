// Filters beside the results, with the number of relevant articles for each value.

import { hasFilters, NO_FILTERS } from "./address.js";
import { dayInWords, languageName, number, say } from "./interface.js";
import { element } from "./dom.js";
import { histogram } from "./histogram.js";

/** @typedef {import("./address.js").Search} Search */

const MOST_VALUES = 20; // a facet with as many values may have more
const SHOWN_SOURCES = 8;

/**
 * Return the filters for a search and its answer.
 * @param {Search} search
 * @param {Record<string, {value: string, count: number}[]>} facets
 * @param {(change: Partial<Search>) => void} change
 */
export function filterPanel(search, facets, change) {
  return element(
    "div",
    { class: "filters" },
    choice(
      "sort",
      search.sort,
      [
        ["relevance", say("sortRelevance")],
        ["newest", say("sortNewest")],
        ["oldest", say("sortOldest")],
        ["blend", say("sortBlend")],
      ],
      (sort) => change({ sort }),
    ),
    search.like
      ? null
      : choice(
          "mode",
          search.mode,
          [
            ["hybrid", say("modeHybrid")],
            ["semantic", say("modeSemantic")],
            ["exact", say("modeExact")],
          ],
          (mode) => change({ mode }),
        ),
    values("language", search.language, facets.language ?? [], languageName, (language) => change({ language })),
    values(
      "source",
      search.source,
      facets.source ?? [],
      (name) => name,
      (source) => change({ source }),
    ),
    dates(search, facets, change),
    hasFilters(search)
      ? element("button", {
          type: "button",
          class: "clear",
          text: say("clearFilters"),
          on: { click: () => change(NO_FILTERS) },
        })
      : null,
  );
}

/**
 * @param {"sort" | "mode"} name
 * @param {string} chosen
 * @param {[string, string][]} options
 * @param {(value: string) => void} choose
 */
function choice(name, chosen, options, choose) {
  const menu = /** @type {HTMLSelectElement} */ (
    element(
      "select",
      { name, on: { change: () => choose(menu.value) } },
      ...options.map(([value, text]) => element("option", { value, text, selected: value === chosen })),
    )
  );
  return element("label", { class: "choice" }, element("span", { text: say(name) }), menu);
}

/**
 * Return the values of a facet as buttons; one that is chosen stands there even if no article has it.
 * @param {"language" | "source"} name
 * @param {string} chosen
 * @param {{value: string, count: number}[]} counts
 * @param {(value: string) => string} inWords
 * @param {(value: string) => void} choose
 */
function values(name, chosen, counts, inWords, choose) {
  const rows = counts.slice(0, SHOWN_SOURCES);
  if (chosen && !rows.some((row) => row.value === chosen)) {
    rows.push(counts.find((row) => row.value === chosen) ?? { value: chosen, count: 0 });
  }
  if (!rows.length) return null;
  /** @param {string} value @param {string} text @param {number | null} count */
  const row = (value, text, count) =>
    element(
      "li",
      {},
      element(
        "button",
        {
          type: "button",
          class: "value",
          "aria-pressed": String(value === chosen),
          on: { click: () => choose(value) },
        },
        element("bdi", { text }),
        count === null ? null : element("span", { class: "count", text: number(count) }),
      ),
    );
  return element(
    "fieldset",
    {},
    element("legend", { text: say(name) }),
    element(
      "ul",
      {},
      row("", say("all"), null),
      ...rows.map((each) => row(each.value, inWords(each.value), each.count)),
    ),
  );
}

/**
 * Return the filter of dates: a bar for each day, or for each month where there are too many days, and two fields.
 * @param {Search} search
 * @param {Record<string, {value: string, count: number}[]>} facets
 * @param {(change: Partial<Search>) => void} change
 */
function dates(search, facets, change) {
  const days = facets.day ?? [];
  const byDay = days.length < MOST_VALUES;
  const bars = byDay ? days : (facets.month ?? []);
  /** @param {"from" | "to"} name */
  const field = (name) => {
    const input = /** @type {HTMLInputElement} */ (
      element("input", {
        type: "date",
        name,
        value: search[name],
        on: { change: () => change({ [name]: input.value }) },
      })
    );
    return element("label", {}, element("span", { text: say(name) }), input);
  };
  return element(
    "fieldset",
    {},
    element("legend", { text: say("published") }),
    histogram(
      bars.map(({ value, count }) => ({ value, count, text: say("barLabel", { n: count, when: dayInWords(value) }) })),
      say(byDay ? "articlesByDay" : "articlesByMonth"),
      (value) => change(byDay ? { from: value, to: value } : { from: `${value}-01`, to: lastDay(value) }),
    ),
    element("div", { class: "range" }, field("from"), field("to")),
  );
}

/** @param {string} month such as 2026-02 */
function lastDay(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
