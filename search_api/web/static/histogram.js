// A small histogram; every bar is a button.

import { element } from "./dom.js";

/**
 * Return bars in the order of their values, or null if there are fewer than two.
 * @param {{value: string, count: number, text: string}[]} bars `text` says what a bar shows
 * @param {string} label
 * @param {[string, string]} range the first and the last value that a filter lets pass; "" where it is open
 * @param {(value: string) => void} choose
 */
export function histogram(bars, label, [from, to], choose) {
	if (bars.length < 2) return null;
	const highest = Math.max(...bars.map((bar) => bar.count));
	const inOrder = bars.toSorted((one, other) => (one.value < other.value ? -1 : 1));
	const columns = inOrder.map(({ value, count, text }) => {
		const bar = element("span");
		bar.style.blockSize = `${Math.max((100 * count) / highest, 5)}%`;
		const isOut = (from && value < from) || (to && value > to);
		const attributes = { type: "button", class: isOut ? "out" : null, title: text, "aria-label": text };
		return element("button", { ...attributes, "data-control": value, on: { click: () => choose(value) } }, bar);
	});
	return element("div", { class: "histogram", role: "group", "aria-label": label }, ...columns);
}
