// The part of a paragraph that a result shows: its best sentence marked, and the words of the query in bold.

import { element } from "./dom.js";

/** @typedef {{start: number, end: number, kind: string}} Highlight places count Unicode code points */

const MOST_CHARACTERS = 600; // of a paragraph that is shown whole
const EXCERPT = 450; // characters of a longer one
const BEFORE = 120; // of them, those before the best sentence

/**
 * Return the parts of a paragraph that are shown, and whether they are all of it.
 * @param {string} text
 * @param {Highlight[]} highlights
 * @param {number} [most] characters of a paragraph that is shown whole
 * @returns {[(string | Node)[], boolean]}
 */
export function excerpt(text, highlights, most = MOST_CHARACTERS) {
	const characters = Array.from(text);
	const sentence = highlights.find((each) => each.kind === "sentence");
	const terms = highlights.filter((each) => each.kind === "term");
	const best = sentence ?? terms[0] ?? { start: 0, end: 0 };
	const [from, to] = characters.length > most ? around(characters, best) : [0, characters.length];
	/** @param {number} start @param {number} end */
	const written = (start, end) => {
		const parts = [];
		let at = Math.max(start, from);
		const last = Math.min(end, to);
		for (const term of terms.filter((each) => each.start >= at && each.end <= last)) {
			parts.push(characters.slice(at, term.start).join(""));
			parts.push(element("b", { text: characters.slice(term.start, term.end).join("") }));
			at = term.end;
		}
		return [...parts, characters.slice(at, last).join("")];
	};
	const isMarked = sentence && (sentence.start > 0 || sentence.end < characters.length);
	const parts = isMarked
		? [
				...written(0, sentence.start),
				element("mark", {}, ...written(sentence.start, sentence.end)),
				...written(sentence.end, characters.length),
			]
		: written(0, characters.length);
	return [[from > 0 ? "… " : "", ...parts, to < characters.length ? " …" : ""], to - from === characters.length];
}

/**
 * Return the bounds of a part around the best of a text; they are between words where there is a space nearby.
 * @param {string[]} characters
 * @param {{start: number, end: number}} best
 */
function around(characters, best) {
	let from = best.start <= 2 * BEFORE ? 0 : best.start - BEFORE;
	while (from > 0 && from < best.start && characters[from - 1] !== " ") from++;
	let to = Math.max(from + EXCERPT, best.end);
	while (to > best.end && to < characters.length && characters[to] !== " ") to--;
	return [from, Math.min(to, characters.length)];
}
