// A small histogram as inline SVG; every bar is a button.

const NAMESPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 40;
const WIDTH = 200;
const GAP = 2;

/**
 * Return bars in the order of their values, or null if there are fewer than two.
 * @param {{value: string, count: number, text: string}[]} bars `text` says what a bar shows
 * @param {string} label
 * @param {[string, string]} range the first and the last value that a filter lets pass; "" where it is open
 * @param {(value: string) => void} choose
 */
export function histogram(bars, label, [from, to], choose) {
  if (bars.length < 2) return null;
  const inOrder = bars.toSorted((one, other) => (one.value < other.value ? -1 : 1));
  const highest = Math.max(...bars.map((bar) => bar.count));
  const step = WIDTH / bars.length;
  const chart = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: "histogram",
    role: "group",
    "aria-label": label,
  });
  inOrder.forEach((bar, place) => {
    const height = Math.max((HEIGHT * bar.count) / highest, 2);
    const isOut = (from && bar.value < from) || (to && bar.value > to);
    const shape = svg("g", {
      role: "button",
      tabindex: "0",
      "aria-label": bar.text,
      "data-control": bar.value,
      class: isOut ? "out" : "",
    });
    const title = svg("title", {});
    title.textContent = bar.text;
    const column = { x: String(place * step), width: String(step) };
    shape.append(
      title,
      svg("rect", { ...column, y: "0", height: String(HEIGHT), class: "room" }),
      svg("rect", {
        x: column.x,
        width: String(Math.max(step - GAP, 1)),
        y: String(HEIGHT - height),
        height: String(height),
      }),
    );
    shape.addEventListener("click", () => choose(bar.value));
    shape.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(bar.value);
    });
    chart.append(shape);
  });
  return chart;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
