"use strict";

const PAGE = 10;
const UNSURE = 0.5; // below this relevance a hit is pale, as the legend of the page says
const RIGHT_TO_LEFT = new Set(["ar", "fa", "ur", "he", "ps", "ckb", "ug", "sd", "yi"]);

const form = document.querySelector("#search");
const status = document.querySelector("#status");
const hits = document.querySelector("#hits");
const more = document.querySelector("#more");
const unlock = document.querySelector("#unlock");
const KEY = "khabar.key"; // kept for this tab only, until it is closed

let shown = 0;
let version = ""; // of the index that the hits shown come from
let asked = 0; // only the answer to the latest question is shown

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const parameters = readForm();
  history.pushState(null, "", `?${parameters}`);
  search(parameters, 0);
});
form.elements.language.addEventListener("change", () => form.elements.q.value.trim() && form.requestSubmit());
more.addEventListener("click", () => search(readForm(), shown));
unlock.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, unlock.elements.key.value.trim());
  unlock.reset();
  unlock.hidden = true;
  fromAddress();
});
window.addEventListener("popstate", fromAddress);
fromAddress();

function readForm() {
  const parameters = new URLSearchParams(new FormData(form));
  if (!parameters.get("language")) parameters.delete("language");
  return parameters;
}

function fromAddress() {
  const parameters = new URLSearchParams(location.search);
  form.elements.q.value = parameters.get("q") ?? "";
  chooseLanguage(parameters.get("language") ?? "");
  if (parameters.get("q")) search(readForm(), 0);
}

// The address may name any language; one that the menu lacks is added to it, and the service says if nothing has it.
function chooseLanguage(language) {
  const menu = form.elements.language;
  if (![...menu.options].some((option) => option.value === language)) menu.add(new Option(language, language));
  menu.value = language;
}

async function search(parameters, offset) {
  const question = ++asked;
  parameters.set("k", PAGE);
  parameters.set("group", "story");
  parameters.set("offset", offset);
  if (offset > 0) parameters.set("index_version", version);
  status.textContent = "…";
  let answer, response;
  try {
    response = await fetch(`v1/search?${parameters}`, { headers: keyHeaders() });
    answer = await response.json();
  } catch {
    if (question === asked) status.textContent = "The service does not answer.";
    return;
  }
  if (question !== asked) return;
  if (response.status === 409) {
    // The news came in while somebody was reading: pages of two versions would not fit together.
    search(readForm(), 0);
    return;
  }
  if (response.status === 401 || response.status === 403) {
    askForKey(response.status === 403 ? answer.detail : "This key is not valid.");
    return;
  }
  if (!response.ok) {
    status.textContent = answer.detail;
    return;
  }
  if (offset === 0) hits.replaceChildren();
  hits.append(...answer.hits.map(render));
  shown = offset + answer.hits.length;
  version = answer.index.version;
  more.hidden = answer.hits.length < PAGE || shown >= 1000;
  status.textContent = summary(answer);
}

function keyHeaders() {
  const key = sessionStorage.getItem(KEY);
  return key ? { "X-API-Key": key } : {};
}

function askForKey(reason) {
  status.textContent = sessionStorage.getItem(KEY) ? reason : "";
  sessionStorage.removeItem(KEY);
  hits.replaceChildren();
  more.hidden = true;
  unlock.hidden = false;
  unlock.elements.key.focus();
}

function summary(answer) {
  if (shown === 0) return ["Nothing found.", ...answer.warnings].join(" ");
  const time = `${answer.timing_ms.total.toFixed(1)} ms`;
  return answer.confident ? time : `No sure match. Closest (${time}):`;
}

// Texts come from the news: they are only ever set as text, never as HTML.
function render(hit) {
  const { article, paragraph } = hit;
  const item = document.createElement("li");
  setLanguage(item, article.language);
  item.classList.toggle("unsure", hit.relevance < UNSURE);
  addTitle(add(item, "h2", ""), article);
  const meta = add(item, "p", "", "meta");
  const relevance = Math.floor(100 * hit.relevance);
  addParts(meta, [article.source, day(article), article.language, `score ${hit.score.toFixed(3)}`, `relevance ${relevance} %`]);
  if (paragraph.section) add(item, "p", paragraph.section, "section");
  const text = add(item, "p", paragraph.text, "text");
  if (paragraph.language !== article.language) setLanguage(text, paragraph.language);
  if (hit.duplicate_count) item.append(copies(hit));
  if (hit.also_reported.length) item.append(articleList(`also reported in ${languagesOf(hit)}`, hit.also_reported));
  return item;
}

function copies(hit) {
  const named = hit.duplicates.length;
  const details = articleList(hit.duplicate_count === 1 ? "1 copy" : `${hit.duplicate_count} copies`, hit.duplicates);
  if (named < hit.duplicate_count) add(details.lastChild, "li", `and ${hit.duplicate_count - named} more`);
  return details;
}

function languagesOf(hit) {
  return [...new Set(hit.also_reported.map((article) => article.language))].join(", ");
}

function articleList(title, articles) {
  const details = document.createElement("details");
  details.className = "copies";
  add(details, "summary", title).lang = "en";
  const list = add(details, "ul", "");
  for (const article of articles) {
    const entry = add(list, "li", "");
    setLanguage(entry, article.language);
    addTitle(entry, article);
    entry.append(" ");
    addParts(add(entry, "span", "", "meta"), [article.source, day(article)]);
  }
  return details;
}

function setLanguage(element, language) {
  element.lang = language;
  element.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

function day(article) {
  return (article.published_at ?? "").slice(0, 10);
}

function addTitle(parent, article) {
  const title = article.title ?? article.id;
  if (/^https?:/i.test(article.url ?? "")) {
    const link = add(parent, "a", title);
    link.href = article.url;
    link.rel = "noopener noreferrer";
  } else {
    add(parent, "bdi", title);
  }
}

function addParts(parent, parts) {
  for (const part of parts) {
    if (!part) continue;
    if (parent.childNodes.length) parent.append(" · ");
    add(parent, "bdi", part);
  }
}

function add(parent, tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}
