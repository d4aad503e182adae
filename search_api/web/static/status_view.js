// The state of the service, for whoever is woken at three in the morning.

import { EVERYTHING } from "./address.js";
import { barChart } from "./bar_chart.js";
import { facts, lastBuilds } from "./builds.js";
import { element } from "./dom.js";
import { titleLink } from "./hit_card.js";
import { languageName, number, say, share, whenPublished } from "./interface.js";
import { bucketOfQuantile, bucketsOf, readSamples, total } from "./metrics.js";
import { notice, problemNotice, skeleton } from "./notices.js";
import { savedSearches } from "./saved_searches.js";
import { Problem, get, request } from "./service.js";

/** @type {[string, import("./interface.js").TextName][]} */
const STAGES = [
	["encode", "stageEncode"],
	["search", "stageSearch"],
	["fetch", "stageFetch"],
	["total", "all"],
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
				...(await forOperators()),
				...aboutIndex(index),
				...(await aboutSources()),
			),
		);
		document.getElementById(location.hash.slice(1))?.scrollIntoView();
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
			...Object.entries(counts.paragraphs_by_language).map(inLanguages),
		]),
	];
}

/** @param {[string, any]} counted @returns {[string, string]} */
function inLanguages([tag, n]) {
	return [`${say("paragraphs")}: ${languageName(tag)}`, number(n)];
}

async function aboutSources() {
	const { values } = await get("v1/facets/source", new URLSearchParams({ k: "10" }));
	/** @type {[string, string][]} */
	const rows = values.map((/** @type {any} */ each) => [each.value, number(each.count)]);
	return rows.length ? [element("h2", { text: say("sources") }), facts(rows)] : [];
}

/** Return what only operators may see; without such a key, a sentence that says so. */
async function forOperators() {
	try {
		const parts = [lastBuilds(), aboutRequests(), alerts(), savedSearches()];
		return (await Promise.all(parts)).flat();
	} catch (error) {
		if (error instanceof Problem && (error.kind === "key" || error.kind === "scope"))
			return [notice(say("needsOperate"))];
		throw error;
	}
}

async function aboutRequests() {
	const samples = readSamples(await (await request("metrics")).text());
	return [
		element("h2", { text: say("stages") }),
		facts([
			...stageTimes(samples),
			[say("requests"), number(total(samples, "khabar_responses_total"))],
			[say("refused"), number(total(samples, "khabar_refused_total"))],
		]),
	];
}

/**
 * Return for each stage of a search how long half of all searches took at most, and 99 of 100, with a chart of the
 * times from 0.1 ms to 2.5 s.
 * @param {import("./metrics.js").Sample[]} samples
 * @returns {[string, string, Element][]}
 */
function stageTimes(samples) {
	return STAGES.map(([stage, name]) => {
		const buckets = bucketsOf(samples, STAGE_SECONDS, stage);
		const times = [0.5, 0.99].map((quantile) => {
			const seconds = bucketOfQuantile(buckets, quantile);
			return seconds === null ? "–" : say("shareWithin", { share: share(quantile), ms: 1000 * seconds });
		});
		const counts = buckets.map(({ count }, place) => count - (buckets[place - 1]?.count ?? 0));
		return [say(name), times.join(say("listComma")), barChart(counts)];
	});
}

async function alerts() {
	const { alerts: latest } = await get("v1/alerts", new URLSearchParams({ limit: "10" }));
	const entries = latest.map((/** @type {any} */ alert) => {
		const title = titleLink(alert.article, [alert.paragraph.position], EVERYTHING);
		return element("li", {}, element("bdi", { text: alert.saved_search }), ": ", title);
	});
	return [
		element("h2", { text: say("latestAlerts") }),
		entries.length ? element("ul", {}, ...entries) : element("p", { class: "meta", text: say("noAlerts") }),
	];
}
