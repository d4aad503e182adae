// The last builds, for whoever asks why the index is not what it should be.

import { element, folded } from "./dom.js";
import { duration, languageName, number, say, share, whenPublished } from "./interface.js";
import { notice } from "./notices.js";
import { get } from "./service.js";

/** Return what is wrong with the builds, and what the last ones did, the newest first. */
export async function lastBuilds() {
	const { builds, unreadable, rejected, taken_down } = await get("v1/builds");
	return [
		rejected ? notice(say("buildRejected", { version: rejected.version }), inEnglish(rejected.reasons)) : null,
		unreadable.length
			? notice(say("buildsUnreadable"), inEnglish(unreadable.map((/** @type {any} */ each) => each.problem)))
			: null,
		element("h2", { text: say("lastBuilds") }),
		...builds.map(build),
		facts([[say("takenDown"), number(taken_down)]]),
	].filter((each) => each !== null);
}

/** @param {any} build */
function build({ created_at, seconds, served, counts, stages, recall_at_10, ...other }) {
	const details = folded(
		`${whenPublished(created_at).exact} · ${duration(seconds)}`,
		facts([
			[say("version"), other.version],
			[say("articles"), number(counts.articles)],
			[say("paragraphs"), number(counts.paragraphs)],
			[say("embedded"), number(other.embedded)],
			[say("rejected"), number(counts.rejected)],
			[say("leftOut"), number(other.taken_down + other.expired)],
			...Object.entries(recall_at_10).map(([tag, value]) => recall(tag, Number(value))),
		]),
		facts(
			stages.map((/** @type {any} */ stage) => [stage.name, duration(stage.seconds)]),
			{ lang: "en" },
		),
	);
	if (served) details.firstElementChild?.append(" · ", element("strong", { class: "good", text: say("served") }));
	return details;
}

/** @param {string} tag @param {number} value @returns {[string, string]} */
function recall(tag, value) {
	return [`${say("recall")}: ${languageName(tag)}`, share(value)];
}

/** @param {string[]} lines as the service and its log have them */
function inEnglish(lines) {
	return element("ul", { lang: "en", dir: "ltr" }, ...lines.map((text) => element("li", { text })));
}

/**
 * Return names with their values, and charts after some of these.
 * @param {[string, string, Element?][]} rows
 * @param {Record<string, string>} [ofNames] attributes
 */
export function facts(rows, ofNames = {}) {
	return element(
		"dl",
		{},
		...rows.flatMap(([name, value, chart]) => [
			element("dt", { text: name, ...ofNames }),
			element("dd", {}, element("bdi", { text: value }), chart),
		]),
	);
}
