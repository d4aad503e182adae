// What the service says about a search, in the language of the page: it speaks English, in sentences of few kinds.

import { element } from "./dom.js";
import { dayInWords, languageName, say } from "./interface.js";

/** @type {[RegExp, (found: string[]) => string][]} */
const KINDS = [
	[/^\w+: ([\d,]+) articles have no date/, ([, n]) => say("undated", { n: Number(n.replaceAll(",", "")) })],
	[
		/^published_\w+: the (?:latest|earliest) article is of (\S+)$/,
		([, day]) => say("outOfRange", { day: dayInWords(day) }),
	],
	[/^language: no paragraph is in '(.*)'$/, ([, tag]) => say("noneInLanguage", { language: languageName(tag) })],
	[/^(?:source|tag|author): no article has ['"](.*)['"]$/, ([, name]) => say("noneWithName", { name })],
	[/^q: no paragraph in (.*) has the words in quotes/, ([, tags]) => say("noQuoteIn", { languages: listed(tags) })],
	[/^id: a saved search '.*' is there already/, () => say("nameTaken")],
	[/^q: quotes and exclusions mean nothing/, () => say("signsIgnored")],
	[/^q: holds nothing to search for/, () => say("nothingToSearch")],
];

/** @param {string} tags */
function listed(tags) {
	return tags.split(", ").map(languageName).join(say("listComma"));
}

/**
 * Return a sentence of the service in a line of its own; one of another kind stays in English.
 * @param {string} text
 */
export function serviceSays(text) {
	for (const [kind, inWords] of KINDS) {
		const found = kind.exec(text);
		if (found) return element("p", { class: "detail", text: inWords(found) });
	}
	return element("p", { class: "detail", lang: "en", dir: "ltr", text });
}
