/**
 * The page: a field, and the report as `--format html` has it. Its beginning is sent while the check is under way, so that the steps can
 * appear where there is a script; without one the report appears when it is finished. All addresses are relative, so that it may stand
 * behind any path of a reverse proxy.
 */
import type { Output, Report } from "../facts/output.ts";
import { afterGreen, reportSection, titleOf } from "../report/html.ts";
import { html, line, type Html } from "../report/html-text.ts";
import { SCRIPT_NAME, STYLE_NAME } from "./assets.ts";

export const PAGE_POLICY = [
  "default-src 'none'",
  ...["style-src", "script-src", "connect-src", "img-src", "form-action"].map((directive) => `${directive} 'self'`),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TITLE = "Matrix federation check";
const LONGEST = 300;

/** The path of a name's report, relative to the start page and to other reports. */
export function pathOf(serverName: string): string {
  return `./${encodeURIComponent(serverName).replaceAll("%3A", ":")}`;
}

export function startPage(tool: Output["tool"]): string {
  return html`${beginning(TITLE, null)}<main>
<p>Checks whether other homeservers reach a Matrix server, as they would do it: well-known, SRV, addresses, TLS, version, signing keys. Names the cause of what is wrong, and how to fix it.</p>
<h2>For programs</h2>
<dl>
<dt>Report</dt><dd><code>api/v1/check?server_name=example.com</code></dd>
<dt>Report of the official tester</dt><dd><code>api/report?server_name=example.com</code></dd>
<dt>GOOD or BAD</dt><dd><code>api/federation-ok?server_name=example.com</code></dd>
<dt>Prometheus</dt><dd><code>probe?target=example.com</code></dd>
<dt>Badge</dt><dd><code>badge/example.com.json</code></dd>
</dl>
</main>
${foot(tool)}`.toString();
}

/** With one line about why there is no report, and the name that was probably meant. */
export function refusalPage(tool: Output["tool"], given: string, problem: string, meant: string | null): string {
  const link =
    meant === null
      ? ""
      : html`<p>Check <a href="${line(pathOf(meant), LONGEST)}">${line(meant, LONGEST)}</a> instead.</p>
`;
  return html`${beginning(TITLE, given)}<main>
<section class="report">
<h2>No report</h2>
<p>${line(problem, 500)}</p>
${link}</section>
</main>
${foot(tool)}`.toString();
}

/** All of it, where the report is there. */
export function reportPage(tool: Output["tool"], report: Report): string {
  return html`${beginning(`${titleOf(report)} – ${TITLE}`, report.serverName)}<main>
${end(tool, report, script())}`.toString();
}

/** What is sent at once. Behind it comes `pageEnd`, or `faultEnd`. */
export function pageStart(serverName: string): string {
  return html`${beginning(`${serverName} – ${TITLE}`, serverName)}<main>
<section id="progress" aria-labelledby="progress-heading">
<h2 id="progress-heading">Checking <bdi>${line(serverName, LONGEST)}</bdi></h2>
<p>The report appears here when the check is finished.</p>
<ol aria-live="polite" aria-label="Steps so far"></ol>
</section>
${script()}`.toString();
}

export function pageEnd(tool: Output["tool"], report: Report): string {
  return end(tool, report, "").toString();
}

function end(tool: Output["tool"], report: Report, last: Html | ""): Html {
  const green = report.verdict === "pass" ? afterGreen() : "";
  return html`${reportSection(report)("report", html`${green}${share(report)}`)}</main>
${foot(tool, last)}`;
}

export function faultEnd(tool: Output["tool"], problem: string): string {
  return html`<section class="report">
<h2>No report</h2>
<p>${line(problem, 500)}</p>
</section>
</main>
${foot(tool)}`.toString();
}

function share({ serverName }: Report): Html {
  const copy = (format: string): string => `api/v1/check?server_name=${encodeURIComponent(serverName)}&format=${format}`;
  return html`<p class="share">
<span>For a support room:</span>
<a href="${line(copy("text"), 2000)}" data-copy>copy as text</a>
<a href="${line(copy("markdown"), 2000)}" data-copy>copy as Markdown</a>
<a href="${line(pathOf(serverName), 2000)}?no_cache=true" rel="nofollow">check again</a>
<span id="copied" role="status"></span>
</p>
`;
}

function beginning(title: string, given: string | null): Html {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${line(title, LONGEST)}</title>
<link rel="stylesheet" href="assets/${STYLE_NAME}">
<link rel="icon" href="favicon.ico" type="image/svg+xml">
</head>
<body>
<header>
<h1><a href="./">${TITLE}</a></h1>
<form action="./" method="get" role="search">
<label for="server-name">Server name
<input id="server-name" name="server_name" value="${line(given ?? "", LONGEST)}" required maxlength="1000" autocapitalize="none" autocomplete="off" spellcheck="false" enterkeyhint="go" aria-describedby="hint"></label>
<button>Check</button>
<p id="hint" class="quiet">Such as example.com. A user id, a room alias or an address of a page is understood, too.</p>
</form>
</header>
`;
}

function script(): Html {
  return html`<script src="assets/${SCRIPT_NAME}"></script>
`;
}

function foot({ name, version }: Output["tool"], last: Html | "" = ""): Html {
  return html`<footer>
<p class="quiet">${name} ${version}</p>
</footer>
${last}</body>
</html>
`;
}
