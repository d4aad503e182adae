"use strict";

const PAGE = 10;
const RIGHT_TO_LEFT = new Set(["ar", "fa", "ur", "he", "ps", "ckb", "ug", "sd", "yi"]);

const form = document.querySelector("#search");
const status = document.querySelector("#status");
const hits = document.querySelector("#hits");
const more = document.querySelector("#more");

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
  form.elements.language.value = parameters.get("language") ?? "";
  if (parameters.get("q")) search(readForm(), 0);
}

async function search(parameters, offset) {
  const question = ++asked;
  parameters.set("k", PAGE);
  parameters.set("offset", offset);
  if (offset > 0) parameters.set("index_version", version);
  status.textContent = "…";
  let answer, response;
  try {
    response = await fetch(`v1/search?${parameters}`);
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

function summary(answer) {
  if (shown === 0) return "Nothing found.";
  const time = `${answer.timing_ms.total.toFixed(1)} ms`;
  return answer.confident ? time : `Nothing here seems to answer this; the nearest paragraphs: (${time})`;
}

// Texts come from the news: they are only ever set as text, never as HTML.
function render(hit) {
  const { article, paragraph } = hit;
  const item = document.createElement("li");
  item.lang = article.language;
  item.dir = RIGHT_TO_LEFT.has(article.language) ? "rtl" : "ltr";
  item.classList.toggle("unsure", hit.relevance < 0.5);
  const heading = add(item, "h2", "");
  const title = article.title ?? article.id;
  if (/^https?:/i.test(article.url ?? "")) {
    const link = add(heading, "a", title);
    link.href = article.url;
    link.rel = "noopener noreferrer";
  } else {
    heading.textContent = title;
  }
  const meta = add(item, "p", "", "meta");
  for (const part of [article.source, (article.published_at ?? "").slice(0, 10), article.language, hit.score.toFixed(3)]) {
    if (!part) continue;
    if (meta.childNodes.length) meta.append(" · ");
    add(meta, "bdi", part);
  }
  if (paragraph.section) add(item, "p", paragraph.section, "section");
  add(item, "p", paragraph.text, "text");
  return item;
}

function add(parent, tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  parent.append(element);
  return element;
}
