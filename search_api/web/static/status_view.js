// The state of the service, for whoever is woken at three in the morning.

import { element, inLanguage } from "./dom.js";
import { languageName, number, say, share, whenPublished } from "./interface.js";
import { bucketOfQuantile, readSamples, total } from "./metrics.js";
import { notice, problemNotice, skeleton } from "./notices.js";
import { Problem, get, getText, root } from "./service.js";
import { articlePath } from "./address.js";

/** @type {[string, import("./interface.js").TextName][]} */
const STAGES = [
  ["encode", "stageEncode"],
  ["search", "stageSearch"],
  ["fetch", "stageFetch"],
  ["total", "stageTotal"],
];
const STAGE_SECONDS = "khabar_search_stage_seconds";

const content = /** @type {HTMLElement} */ (document.querySelector("#content"));

/** Show the state of the service. */
export async function showStatus() {
  document.title = `${say("state")} · ${say("title")}`;
  content.replaceChildren(skeleton());
  try {
    const index = await get("v1/index");
    const age = Math.floor(index.age_s / 3600);
    content.replaceChildren(
      element(
        "div",
        { class: "state" },
        element("h1", { text: say("state") }),
        index.stale ? notice(say("stale", { n: age })) : element("p", { class: "good", text: say("fresh") }),
        ...aboutIndex(index),
        ...(await aboutSources()),
        ...(await aboutRequests()),
      ),
    );
  } catch (error) {
    content.replaceChildren(problemNotice(error, showStatus));
  }
}

/** @param {any} index */
function aboutIndex(index) {
  const { counts } = index;
  return [
    facts([
      [say("version"), index.version],
      [say("built"), whenPublished(index.created_at).exact],
      [say("articles"), number(counts.articles)],
      [say("paragraphs"), number(counts.paragraphs)],
      [say("rejected"), number(counts.rejected)],
    ]),
    element("h2", { text: say("paragraphs") }),
    facts(Object.entries(counts.paragraphs_by_language).map(([tag, n]) => [languageName(tag), number(Number(n))])),
    element("h2", { text: say("recall") }),
    facts(
      Object.entries(index.index).map(([tag, own]) => [
        languageName(tag),
        share(/** @type {any} */ (own).recall_at_10),
      ]),
    ),
  ];
}

async function aboutSources() {
  const { values } = await get("v1/facets/source", new URLSearchParams({ k: "10" }));
  /** @type {[string, string][]} */
  const rows = values.map((/** @type {any} */ each) => [each.value, number(each.count)]);
  return rows.length ? [element("h2", { text: say("sources") }), facts(rows)] : [];
}

/** Return what only operators may see; without such a key, a sentence that says so. */
async function aboutRequests() {
  try {
    const samples = readSamples(await getText("metrics"));
    const answers = total(samples, "khabar_responses_total");
    return [
      facts([
        [say("requests"), number(answers)],
        [say("refused"), number(total(samples, "khabar_refused_total"))],
      ]),
      element("h2", { text: say("stages") }),
      stageTimes(samples),
      ...(await alerts()),
    ];
  } catch (error) {
    if (error instanceof Problem && (error.kind === "key" || error.kind === "scope"))
      return [notice(say("needsOperate"))];
    throw error;
  }
}

/** @param {import("./metrics.js").Sample[]} samples */
function stageTimes(samples) {
  /** @param {string} stage @param {number} quantile */
  const upTo = (stage, quantile) => {
    const seconds = bucketOfQuantile(samples, STAGE_SECONDS, (labels) => labels.stage === stage, quantile);
    return element("td", { text: seconds === null ? "–" : number(1000 * seconds) });
  };
  const head = [say("stage"), say("median"), say("slowest", { share: share(0.99) })].map((text) =>
    element("th", { scope: "col", text }),
  );
  const rows = STAGES.map(([stage, name]) =>
    element("tr", {}, element("th", { scope: "row", text: say(name) }), upTo(stage, 0.5), upTo(stage, 0.99)),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

async function alerts() {
  const { alerts: latest } = await get("v1/alerts", new URLSearchParams({ limit: "10" }));
  const entries = latest.map((/** @type {any} */ alert) => {
    const link = new URL(`article/${articlePath(alert.article.id)}`, root);
    const title = element("a", {
      href: link.href,
      text: alert.article.title ?? say("untitled"),
      ...inLanguage(alert.article.language),
    });
    return element("li", {}, element("bdi", { text: alert.saved_search }), ": ", title);
  });
  return [
    element("h2", { text: say("latestAlerts") }),
    entries.length ? element("ul", {}, ...entries) : element("p", { class: "meta", text: say("noAlerts") }),
  ];
}

/** @param {[string, string][]} rows */
function facts(rows) {
  return element(
    "dl",
    {},
    ...rows.flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", {}, element("bdi", { text: value })),
    ]),
  );
}
