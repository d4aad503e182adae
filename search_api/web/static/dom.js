// Elements of the page. What comes from articles is only ever set as text, so no markup in it can run.

const RIGHT_TO_LEFT = new Set(["ar", "fa", "ur", "he", "ps", "ckb", "ug", "sd", "yi"]);

/**
 * Return a new element. `attributes` may have `text`, `class`, `on` (events to listeners) and attributes of HTML;
 * an attribute that is null, undefined or false is left out, and true gives an attribute without a value.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
	const { text, on = {}, ...others } = attributes;
	const made = document.createElement(tag);
	if (text !== undefined && text !== null) made.textContent = text;
	for (const [name, value] of Object.entries(others)) {
		if (value === true) made.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
	}
	for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}

/**
 * Return parts that are folded below a summary.
 * @param {string} summary
 * @param {...(Node | null)} parts
 */
export function folded(summary, ...parts) {
	return element("details", {}, element("summary", { text: summary }), ...parts);
}

/**
 * Return the attributes of a text in a language, whatever language the page speaks.
 * @param {string} language
 */
export function inLanguage(language) {
	return { lang: language, dir: RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr" };
}

/**
 * Return an address of an article if a link may lead there: only http and https, never a script.
 * @param {string | null | undefined} url
 */
export function safeAddress(url) {
	return url && /^https?:\/\//i.test(url) ? url : null;
}

/**
 * Return a line of parts with a dot between them; empty parts are left out.
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string | null | undefined)} parts
 */
export function dotted(tag, className, ...parts) {
	const line = element(tag, { class: className });
	for (const part of parts.filter(Boolean)) {
		if (line.childNodes.length) line.append(" · ");
		line.append(typeof part === "string" ? element("bdi", { text: part }) : /** @type {Node} */ (part));
	}
	return line;
}

/**
 * Say something to screen readers without moving the focus.
 * @param {string} text
 */
export function announce(text) {
	const region = document.querySelector("#announcements");
	if (region) region.textContent = text;
}

/** Wait until what was drawn is on the screen. */
export function painted() {
	return new Promise((go) => (document.hidden ? setTimeout(go) : requestAnimationFrame(() => setTimeout(go))));
}
