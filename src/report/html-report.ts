/** One server name in `--format html`: verdict, steps, findings with the root cause first, caches and the evidence. */
import type { Finding, Report } from "../facts/output.ts";
import { differenceRows, differenceTitle } from "./difference-text.ts";
import { firstOf, duration, seconds } from "./pretty-style.ts";
import { harmlessLines, severityCounts, shownFix } from "./finding-text.ts";
import { harmless } from "./harmless.ts";
import { reachTable } from "./html-reach.ts";
import { html, line, lines, type Html } from "./html-text.ts";
import { timeLine } from "./html-times.ts";
import { wayDrawing } from "./html-way.ts";
import { isLink } from "./link.ts";
import type { Row } from "./pretty-connection.ts";
import { evidenceSections, resolvedRows, ROW_LENGTH } from "./pretty-evidence.ts";
import { fold } from "./pretty-findings.ts";
import { shownSteps } from "./shown-steps.ts";

/** All but the frame; the ids in it begin with that of its place in the page. */
export function reportBody(report: Report): (id: string) => Html {
  const time = instant(report.startedAt);
  const start = html`<p>${line(report.summary, 500)}</p>
<p class="quiet">${severityCounts(report.findings)}; checked ${time === null ? "" : html`<time datetime="${time}">${time.slice(0, 19).replace("T", " ")} UTC</time>, `}in ${seconds(report.durationMs)}</p>
`;
  const way = wayDrawing(report);
  const middle = html`${stepTable(report)}${differenceBlock(report)}${report.facts.settings.probe ? "" : rowsBlock("Route", resolvedRows(report), "open")}`;
  const findings = findingList(report);
  const end = html`${reachTable(report)}${internalErrors(report)}<h3>Evidence</h3>
${evidenceSections(report).map(({ heading, rows }) => rowsBlock(heading, rows))}${timeLine(report)}`;
  return (id) => html`${start}${way(id)}${middle}${findings(id)}${end}`;
}

/** `pass` and the like, as a word that also has a colour. */
export function word(text: string): Html {
  return html`<span class="word ${text}">${text}</span>`;
}

function stepTable(report: Report): Html {
  const rows = shownSteps(report).map(
    ({
      id,
      status,
      detail,
      durationMs,
    }) => html`<tr><th scope="row">${id}</th><td>${word(status)}</td><td class="seen">${line(detail, 300)}</td><td class="time">${duration(durationMs)}</td></tr>
`,
  );
  return html`<h3>Steps</h3>
<table class="steps">
<thead><tr><th scope="col">Step</th><th scope="col">Result</th><th scope="col">What was seen</th><th scope="col" class="time">Time</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
}

/** What the change does, with --against. */
function differenceBlock({ difference }: Report): Html | "" {
  if (difference === undefined) return "";
  return html`<h3>${differenceTitle(difference)}</h3>
<p>${line(difference.summary, 1000)}</p>
<dl>
${differenceRows(difference).map(
  ({ label, text }) => html`<dt>${label}</dt><dd>${line(text, 1000)}</dd>
`,
)}</dl>
`;
}

/** Errors and warnings; what is only worth knowing is folded. */
function findingList({ findings }: Report): (id: string) => Html {
  const roots = fold(findings).map(({ finding, consequences }) => {
    const folded =
      consequences.length === 0
        ? ""
        : html`<details><summary>Consequences: ${firstOf([...new Set(consequences.map(({ code }) => harmless(code, 100)))], 6)}</summary>
${consequences.map(
  (each) => html`<section class="finding ${each.severity}">
<h5>${headline(each)}</h5>
${findingBody(each)}</section>
`,
)}</details>
`;
    const isWorth = finding.severity !== "info" || consequences.some(({ severity }) => severity !== "info");
    return {
      isWorth,
      code: finding.code,
      section: html`<section class="finding ${finding.severity}">
<h4>${headline(finding)}</h4>
${findingBody(finding)}${folded}</section>
`,
    };
  });
  const shown = roots.filter(({ isWorth }) => isWorth);
  const infos = roots.filter(({ isWorth }) => !isWorth);
  const codes = firstOf([...new Set(infos.map(({ code }) => harmless(code, 100)))], 6);
  const rest = html`${shown.map(({ section }) => section)}${
    infos.length === 0
      ? ""
      : html`<details class="infos"><summary>Worth knowing: ${codes}</summary>
${infos.map(({ section }) => section)}</details>
`
  }${
    roots.length === 0
      ? html`<p>None.</p>
`
      : ""
  }`;
  return (id) => html`<h3 id="${id}-findings">Findings</h3>
${rest}`;
}

function headline({ severity, code }: Finding): Html {
  return html`${word(severity)} <code>${line(code, 100)}</code>`;
}

function findingBody(finding: Finding): Html {
  const { title, detail, where, affects, spec, code } = finding;
  const row = (name: string, value: Html | string): Html => html`<dt>${name}</dt><dd>${value}</dd>
`;
  return html`<p><strong>${title}</strong></p>
${
  detail === ""
    ? ""
    : html`<p class="lines">${lines(harmlessLines(detail))}</p>
`
}${fixes(finding.fix)}<dl>
${
  where.length === 0
    ? ""
    : row(
        "Where",
        line(
          firstOf(
            where.map((place) => harmless(place)),
            20,
          ),
          5000,
        ),
      )
}${row("Affects", affects === "all" ? "all homeservers" : affects.join(", ") || "none")}${
    spec === null
      ? ""
      : row("Source", isLink(spec) ? html`<a href="${line(spec, 500)}" rel="noreferrer">${line(spec, 500)}</a>` : line(spec, 500))
  }${row("More", html`<code>matrix-delegation-check explain ${line(code, 100)}</code>`)}</dl>
`;
}

function fixes(texts: readonly string[]): Html | "" {
  if (texts.length === 0) return "";
  const items = texts.map(fix);
  return html`<p class="label">Fix</p>
${
  items.length === 1
    ? items
    : html`<ol>
${items.map(
  (item) => html`<li>${item}</li>
`,
)}</ol>
`
}`;
}

/** What is to be pasted stands in a box of its own, as it is. */
function fix(text: string): Html {
  const parts = shownFix(text).map(
    ({ prose, lines: code }) => html`<p>${lines([prose])}</p>
${
  code.length === 0
    ? ""
    : html`<pre><code>${lines(code)}</code></pre>
`
}`,
  );
  return html`${parts}`;
}

function internalErrors({ internalErrors: errors = [] }: Report): Html | "" {
  if (errors.length === 0) return "";
  return html`<h3>Internal errors of matrix-delegation-check</h3>
<ul>
${errors.slice(0, 50).map(
  (error) => html`<li>${error}</li>
`,
)}</ul>
`;
}

function rowsBlock(heading: string, rows: readonly Row[], state: "open" | "closed" = "closed"): Html {
  const summary = html`<summary>${heading}</summary>
<ul class="rows">${nested(rows)}</ul>
</details>
`;
  return state === "open" ? html`<details class="evidence" open>${summary}` : html`<details class="evidence">${summary}`;
}

/** Rows are indented under the row before them: lists in lists. */
function nested(rows: readonly Row[]): Html[] {
  const level = Math.min(...rows.map((row) => row.level));
  const items: Html[] = [];
  for (let at = 0; at < rows.length;) {
    const row = rows[at] as Row;
    let end = at + 1;
    while ((rows[end]?.level ?? level) > level) end++;
    const inner = rows.slice(at + 1, end);
    const label = row.label === "" ? "" : html`<b>${row.label}:</b> `;
    items.push(html`<li>${label}${line(row.text, ROW_LENGTH)}${inner.length === 0 ? "" : html`<ul>${nested(inner)}</ul>`}</li>
`);
    at = end;
  }
  return items;
}

/** ISO 8601 as it is; null when it is no date. */
function instant(isoDate: string): string | null {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(isoDate) && !Number.isNaN(Date.parse(isoDate)) ? isoDate : null;
}
