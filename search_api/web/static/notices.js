// What a page shows instead of results: that it waits, that something went wrong, that a key is needed.

import { announce, element } from "./dom.js";
import { say } from "./interface.js";
import { Problem, keepKey } from "./service.js";
import { serviceSays } from "./warnings.js";

/** Return empty cards that hold the place of results, so that nothing moves when they come. */
export function skeleton(length = 5) {
	const card = () => element("li", { class: "skeleton" }, element("span"), element("span"), element("span"));
	return element("ol", { class: "hits", "aria-hidden": "true" }, ...Array.from({ length }, card));
}

/**
 * @param {string} text
 * @param {...(Node | null)} more
 */
export function notice(text, ...more) {
	return element("div", { class: "notice" }, element("p", { text }), ...more);
}

/**
 * @param {import("./interface.js").TextName} name
 * @param {() => void} act
 */
export function button(name, act) {
	return element("button", { type: "button", text: say(name), on: { click: act } });
}

/**
 * Return what to show for a request that failed; `again` is called when somebody tries again or gives a key.
 * @param {unknown} error
 * @param {() => void} again
 */
export function problemNotice(error, again) {
	if (!(error instanceof Problem)) throw error;
	if (error.kind === "key" || error.kind === "keyRefused") return keyForm(say(error.kind), again);
	const text = say(error.kind);
	announce(text);
	const canRepeat = ["overloaded", "offline", "failed"].includes(error.kind);
	const details = error.detail && error.kind !== "missing" ? serviceSays(error.detail) : null;
	const shown = notice(text, details, canRepeat ? button("tryAgain", again) : null);
	shown.setAttribute("role", "alert");
	return shown;
}

/**
 * @param {string} text why a key is needed
 * @param {() => void} again
 */
export function keyForm(text, again) {
	announce(text);
	const input = /** @type {HTMLInputElement} */ (
		element("input", {
			type: "password",
			name: "key",
			autocomplete: "off",
			required: true,
			"aria-label": say("keyLabel"),
		})
	);
	const form = element("form", { class: "key" }, input, element("button", { type: "submit", text: say("useKey") }));
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		keepKey(input.value);
		again();
	});
	queueMicrotask(() => input.focus());
	return notice(text, form);
}
