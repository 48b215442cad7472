/**
 * `--format html`: one page that needs nothing else: no script, no request, a policy that allows neither. Reports stream into it; the
 * totals, which are known at the end, stand first all the same, because the page's template puts them there ("Declarative shadow trees",
 * HTML Standard, 4.12.3). Browsers that don't know that show them at the end.
 */
import { createHash } from "node:crypto";
import type { Output, Report, Verdict } from "../facts/output.ts";
import { AFTER_GREEN, AFTER_GREEN_INTRODUCTION } from "./after-green.ts";
import { inShort } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { reportBody, word } from "./html-report.ts";
import { STYLE } from "./html-style.ts";
import { html, line, verbatim, type Html } from "./html-text.ts";
import { counted, seconds } from "./pretty-style.ts";
import type { ReportStream } from "./stream.ts";
import type { Totals } from "./totals.ts";

/** As they stand in the table: worst first. */
const ORDER: readonly Verdict[] = ["fail", "inconclusive", "warn", "pass"];

/** Rows of each verdict in the table of totals; more are counted. The reports themselves are all there. */
const MOST_ROWS = 5000;

/** `several`: there may be more than one name, so that a table leads. */
export function htmlStream(tool: Output["tool"], { several }: { several: boolean }): ReportStream {
  const rows: Record<Verdict, Html[]> = { fail: [], inconclusive: [], warn: [], pass: [] };
  let number = 0;
  let green = false;
  return {
    open: () => "",
    report(report) {
      const { verdict } = report;
      const title = several ? "" : titleOf(report);
      const name = nameOf(report);
      const section = reportSection(report);
      const what = line(inShort(report), 300);
      const isGreen = verdict === "pass" && report.facts.settings.probe;
      return () => {
        const id = `name-${++number}`;
        green ||= isGreen;
        if (rows[verdict].length < MOST_ROWS)
          rows[verdict].push(
            html`<tr><td>${word(verdict)}</td><th scope="row"><a href="#${id}"><bdi>${name}</bdi></a></th><td class="what">${verdict === "fail" || verdict === "warn" ? html`<a href="#${id}-findings">${what}</a>` : what}</td></tr>\n`,
          );
        const back = html`<p><a href="#totals">All names</a></p>
`;
        return html`${number === 1 ? head(title, several) : ""}${section(id, several ? back : "")}`.toString();
      };
    },
    close(totals, durationMs) {
      const table = several || number === 0 ? totalsTable(totals, rows) : "";
      return html`${number === 0 ? head("", several) : ""}${table}${foot(tool, durationMs, green)}`.toString();
    },
  };
}

/** One report as a part of a page, once it is known by which id; `end` is its last part. */
export function reportSection(report: Report): (id: string, end: Html | "") => Html {
  const { verdict } = report;
  const name = nameOf(report);
  const body = reportBody(report);
  return (id, end) => html`<section class="report" id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${word(verdict)} <bdi>${name}</bdi></h2>
${body(id)}${end}</section>
`;
}

/** For the title of a page about one name. */
export function titleOf({ verdict, serverName }: Report): string {
  return `${verdict.toUpperCase()} ${harmless(serverName, 255)}`;
}

function nameOf({ serverName }: Report): Html {
  return line(serverName.trim() === "" ? "(empty)" : serverName, 255);
}

function head(title: string, several: boolean): Html {
  const style = createHash("sha256").update(STYLE).digest("base64");
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${verbatim(style)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title === "" ? "" : html`${line(title, 270)} – `}Matrix federation check</title>
<style>${verbatim(STYLE)}</style>
</head>
<body>
<header><h1>Matrix federation check</h1></header>
<main>
${
  several
    ? html`<template shadowrootmode="open"><slot name="totals"></slot><slot></slot></template>
`
    : ""
}`;
}

function totalsTable(totals: Totals, rows: Readonly<Record<Verdict, readonly Html[]>>): Html {
  const all = ORDER.reduce((sum, verdict) => sum + totals[verdict], 0);
  const left = ORDER.filter((verdict) => totals[verdict] > rows[verdict].length).map(
    (verdict) => `${totals[verdict] - rows[verdict].length} ${verdict}`,
  );
  return html`<section id="totals" slot="totals" aria-labelledby="totals-heading">
<h2 id="totals-heading">${all === 0 ? "No server name was checked" : `Totals: ${counted(all, "name")}`}</h2>
<p>${ORDER.filter((verdict) => totals[verdict] > 0).map((verdict) => html`${totals[verdict]} ${word(verdict)} `)}</p>
<table class="totals">
<thead><tr><th scope="col">Verdict</th><th scope="col">Server name</th><th scope="col">What</th></tr></thead>
<tbody>
${ORDER.flatMap((verdict) => rows[verdict])}</tbody>
</table>
${
  left.length === 0
    ? ""
    : html`<p>Not in the table: ${left.join(", ")}. Their reports follow with all the others.</p>
`
}</section>
`;
}

function foot(tool: Output["tool"], durationMs: number, green: boolean): Html {
  return html`</main>
<footer>
${green ? afterGreen() : ""}<p class="quiet">${tool.name} ${tool.version}, ${seconds(durationMs)} in all</p>
</footer>
</body>
</html>
`;
}

/** What can't be seen from outside, when all that can be seen is good. */
export function afterGreen(): Html {
  return html`<details class="evidence"><summary>After a green result</summary>
<p>${AFTER_GREEN_INTRODUCTION}</p>
<dl>
${AFTER_GREEN.map(
  ({ what, advice }) => html`<dt>${what}</dt><dd>${line(advice, 1000)}</dd>
`,
)}</dl>
</details>
`;
}
