/** The style sheet and the script of the page, each under a name that changes with what is in it. */
import { createHash } from "node:crypto";
import { STYLE } from "../report/html-style.ts";

const PAGE_STYLE = `
h1 a { color: inherit; text-decoration: none; }
h1 a:hover { text-decoration: underline; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin-bottom: 1.25rem; }
form label { flex: 1 1 12rem; font-weight: 600; }
input { display: block; width: 100%; margin-top: .25rem; }
input, button { font: 1rem/1.5 system-ui, sans-serif; padding: .5rem .75rem; color: var(--text); background: var(--page); border: 1px solid var(--quiet); border-radius: .25rem; }
button { background: var(--code); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
#hint { flex: 1 0 100%; margin: 0; }
.share { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
#progress { border-top: 3px solid var(--line); padding-top: 1.25rem; margin-top: 1.75rem; }
#progress ol { list-style: none; padding: 0; }
#progress:has(~ .report) { display: none; }
@media print { form, #hint, .share { display: none; } }
`;

/** Nothing depends on it: it shows the steps while they are taken, and copies where a link would open. */
const SCRIPT = `"use strict";
const progress = document.getElementById("progress");
if (progress !== null && document.querySelector(".report") === null) {
  const list = progress.querySelector("ol");
  const events = new EventSource(location.pathname + "?follow=true");
  const finishLast = () => {
    const word = list.lastElementChild?.querySelector(".word");
    if (word) word.textContent = "done";
  };
  events.addEventListener("step", (event) => {
    finishLast();
    const item = document.createElement("li");
    const word = document.createElement("span");
    word.className = "word info";
    word.textContent = "running";
    item.append(JSON.parse(event.data).step + " ", word);
    list.append(item);
  });
  const end = () => {
    events.close();
    finishLast();
  };
  for (const kind of ["report", "failed", "error"]) events.addEventListener(kind, end);
  document.addEventListener("DOMContentLoaded", () => {
    end();
    progress.remove();
    document.title = document.querySelector(".report h2").textContent + " – " + document.querySelector("h1").textContent;
  });
}
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-copy]") : null;
  if (link === null || navigator.clipboard === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const said = document.getElementById("copied");
  fetch(link.href)
    .then((response) => (response.ok ? response.text() : Promise.reject(new Error())))
    .then((text) => navigator.clipboard.writeText(text))
    .then(
      () => (said.textContent = "Copied."),
      () => (location.href = link.href),
    );
});
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b4f94"/><path d="M4 8.5l3 3 5-7" fill="none" stroke="#fff" stroke-width="2"/></svg>
`;

export interface Asset {
  type: string;
  body: Buffer;
}

function named(name: string, extension: string, text: string): string {
  return `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}.${extension}`;
}

const STYLE_SHEET = STYLE + PAGE_STYLE;
export const STYLE_NAME = named("style", "css", STYLE_SHEET);
export const SCRIPT_NAME = named("page", "js", SCRIPT);

export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  [STYLE_NAME, { type: "text/css; charset=utf-8", body: Buffer.from(STYLE_SHEET) }],
  [SCRIPT_NAME, { type: "text/javascript; charset=utf-8", body: Buffer.from(SCRIPT) }],
]);

export const FAVICON: Asset = { type: "image/svg+xml", body: Buffer.from(ICON) };
/** A crawler that follows permalinks would check whatever it finds. */
export const ROBOTS = "User-agent: *\nAllow: /$\nDisallow: /\n";
