// A row of small bars as inline SVG; what they show stands beside them as text.

const SVG = "http://www.w3.org/2000/svg";

/** @param {number[]} counts in order */
export function barChart(counts) {
	const chart = document.createElementNS(SVG, "svg");
	const highest = Math.max(...counts, 1);
	set(chart, { class: "bars", viewBox: `0 0 ${4 * counts.length} 10`, "aria-hidden": "true" });
	for (const [place, count] of counts.entries()) {
		const height = count && Math.max((10 * count) / highest, 1);
		const bar = document.createElementNS(SVG, "rect");
		set(bar, { x: 4 * place, y: 10 - height, width: 3, height });
		chart.append(bar);
	}
	return chart;
}

/** @param {Element} drawn @param {Record<string, string | number>} attributes */
function set(drawn, attributes) {
	for (const [name, value] of Object.entries(attributes)) drawn.setAttribute(name, String(value));
}
