// The beginning: which page the address names.

import { showArticle } from "./article_view.js";
import { translatePage } from "./interface.js";
import { startSearch } from "./search_view.js";
import { root } from "./service.js";
import { showStatus } from "./status_view.js";

translatePage();

const box = /** @type {HTMLInputElement} */ (document.querySelector("#q"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("#search"));
const path = location.pathname.slice(root.pathname.length);

document.addEventListener("keydown", (event) => {
	const isTyping = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
	if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
	event.preventDefault();
	box.focus();
	box.select();
});

box.value = new URLSearchParams(location.search).get("q") ?? "";

function start() {
	if (path.startsWith("article/") || path === "status") {
		form.action = root.pathname; // a search from here leaves this page
		void (path === "status" ? showStatus() : showArticle());
	} else {
		startSearch();
	}
}

setTimeout(start); // a task of its own, so that no task is long
