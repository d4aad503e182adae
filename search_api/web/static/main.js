// The beginning: which page an address names.

import { translatePage } from "./interface.js";
import { root } from "./service.js";

// This script may be there before the page is.
if (document.readyState === "loading") await new Promise((go) => addEventListener("DOMContentLoaded", go));

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
if (path) form.action = root.pathname; // a search from here leaves this page

// In a task of its own.
if (path === "status") (await import("./status_view.js")).showStatus();
else if (path) (await import("./article_view.js")).showArticle();
else (await import("./search_view.js")).startSearch();
