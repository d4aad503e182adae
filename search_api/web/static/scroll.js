// How far a page was scrolled, kept in its place of the history: results come too late for browsers to restore it.

const SETTLED_MS = 150;

let waiting = 0;
let isRestored = true; // or results are drawn, and what is scrolled says nothing

export function rememberScroll() {
	history.scrollRestoration = "manual";
	const keep = () => isRestored && history.replaceState({ ...history.state, y: scrollY }, "");
	addEventListener("scroll", () => {
		clearTimeout(waiting);
		waiting = setTimeout(keep, SETTLED_MS);
	});
	addEventListener("popstate", () => {
		isRestored = false;
	});
	addEventListener("click", keep, { capture: true });
}

/** Scroll to where the page was when somebody left it; return whether that is known. */
export function restoreScroll() {
	const y = history.state?.y;
	if (y !== undefined) scrollTo({ top: y });
	isRestored = true;
	return y !== undefined;
}
