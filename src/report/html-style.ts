/** The style sheet of `--format html`. Every pair of colours has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), light and dark. */

// content-visibility: of thousands of reports most are laid out when they are looked at, or their page would take minutes to load. Not of
// the first ones: headings that aren't laid out are missing from Chromium's accessibility tree.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c2127; --quiet: #57606a; --line: #d5dae0; --code: #f3f5f7; --link: #0b57a4;
  --fail: #a40e26; --fail-page: #fdeff0; --warn: #754800; --warn-page: #fdf5e2; --pass: #11612a; --pass-page: #eaf6ed;
  --info: #0b4f94; --info-page: #edf4fc; --unknown: #613a97; --unknown-page: #f4effb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --text: #e4e8ec; --quiet: #a5afba; --line: #39424d; --code: #1f252c; --link: #8dc2ff;
    --fail: #ffa29c; --fail-page: #301719; --warn: #f2c462; --warn-page: #2b210e; --pass: #82d99b; --pass-page: #12271a;
    --info: #92c5ff; --info-page: #132437; --unknown: #d0b5ff; --unknown-page: #231b33;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.15rem; margin: 0 0 1rem; color: var(--quiet); }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h3 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
h4, h5 { font-size: 1rem; margin: 0 0 .25rem; }
p, ol, ul, dl { margin: 0 0 .5rem; }
bdi, code, pre { unicode-bidi: isolate; }
code, pre, .rows { font-family: ui-monospace, monospace; font-size: .875em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .25rem; padding: .5rem .75rem; margin: .25rem 0 .5rem; white-space: pre-wrap; }
a { color: var(--link); }
.lines { white-space: pre-wrap; }
.quiet { color: var(--quiet); font-size: .875rem; }
.word { display: inline-block; border: 1px solid currentColor; border-radius: .25rem; padding: 0 .4em; font-size: .8em; font-weight: 600; white-space: nowrap; }
.word.fail, .word.error { color: var(--fail); background: var(--fail-page); }
.word.warn, .word.warning { color: var(--warn); background: var(--warn-page); }
.word.pass { color: var(--pass); background: var(--pass-page); }
.word.info { color: var(--info); background: var(--info-page); }
.word.unknown, .word.inconclusive { color: var(--unknown); background: var(--unknown-page); }
.word.skip { color: var(--quiet); }
.report { border-top: 3px solid var(--line); padding-top: 1.25rem; margin-top: 1.75rem; }
.report:nth-of-type(n + 201) { content-visibility: auto; contain-intrinsic-size: auto 60rem; }
.finding { border: 1px solid var(--line); border-left: .35rem solid var(--line); border-radius: .25rem; padding: .75rem; margin: 0 0 .75rem; }
.finding.error { border-left-color: var(--fail); }
.finding.warning { border-left-color: var(--warn); }
.finding.info { border-left-color: var(--info); }
.finding > p { margin-bottom: .5rem; }
.label { font-weight: 600; margin-bottom: 0; }
ol { padding-left: 1.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .75rem; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
.steps th { white-space: nowrap; }
thead th { color: var(--quiet); font-size: .875rem; white-space: nowrap; }
.totals thead th:nth-child(2) { width: 25%; }
th:last-child, td:last-child { padding-right: 0; }
.time { text-align: right; white-space: nowrap; color: var(--quiet); font-size: .875rem; }
details { margin: 0 0 .5rem; }
summary { cursor: pointer; padding: .25rem 0; font-weight: 600; }
details > .finding { margin-top: .5rem; }
.rows ul { padding-left: 1.25rem; }
.rows, .rows ul { list-style: none; margin: 0; }
.rows { padding-left: .5rem; border-left: 3px solid var(--line); }
.rows b { color: var(--quiet); font-weight: 400; }
svg.way { display: block; width: 100%; height: auto; margin: 0 0 .75rem; font: 12px ui-monospace, monospace; overflow: hidden; break-inside: avoid; }
svg.narrow { display: none; }
.way .line { fill: none; stroke: var(--quiet); stroke-width: 2; }
.way .not { stroke-dasharray: 3 4; stroke-width: 1; }
.way rect { fill: var(--page); stroke: currentColor; }
.way text { fill: var(--text); color: var(--text); white-space: pre; }
.way .label { font-weight: 600; }
.way .state, .box .shape { fill: currentColor; }
.way .state { color: inherit; }
.box .shape { fill: none; stroke: currentColor; stroke-width: 2; }
.box.pass { color: var(--pass); }
.box.warn { color: var(--warn); }
.box.fail { color: var(--fail); }
.box.unknown { color: var(--unknown); }
.box.skip { color: var(--quiet); }
.box.skip rect { stroke-dasharray: 3 4; }
.box.breaks rect { stroke-width: 4; fill: var(--fail-page); }
.box.breaks .state { font-weight: 600; }
.times h4 { margin-top: .75rem; }
.times th { font-weight: 400; }
.bar { width: 30%; vertical-align: middle; }
svg.bar { display: block; width: 100%; height: .75rem; color: var(--info); }
svg.bar.failed { color: var(--fail); }
svg.bar rect { fill: currentColor; }
footer { border-top: 3px solid var(--line); margin-top: 1.75rem; padding-top: 1rem; }
@media (max-width: 52rem) {
  svg.wide { display: none; }
  svg.narrow { display: block; max-width: 27rem; }
}
@media (max-width: 40rem) {
  h2 { font-size: 1.25rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  table, tbody { display: block; }
  tr { display: grid; gap: 0 .75rem; padding: .25rem 0; border-bottom: 1px solid var(--line); }
  .steps tr { grid-template: "step result time" "seen seen seen" / max-content 1fr max-content; }
  .reach tr { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .reach td, .reach th { overflow-wrap: anywhere; }
  .times tr { grid-template: "what time" "after after" "bar bar" / minmax(0, 1fr) max-content; }
  .times td:nth-child(2) { grid-area: after; color: var(--quiet); font-size: .875rem; }
  .times td:nth-child(2):not(:empty)::before { content: "after "; }
  .times td.time { grid-area: time; }
  .times td.bar { grid-area: bar; width: auto; }
  .totals tr { grid-template: "verdict name" "what what" / max-content 1fr; }
  th, td { padding: 0; border: 0; }
  .seen { grid-area: seen; }
  .what { grid-area: what; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .25rem; }
}
@media print {
  :root {
    --page: #ffffff; --text: #000000; --quiet: #454c54; --line: #9aa2ab; --code: #ffffff; --link: #000000;
    --fail: #8c0b1f; --fail-page: #ffffff; --warn: #5c3900; --warn-page: #ffffff; --pass: #0c4a20; --pass-page: #ffffff;
    --info: #083d73; --info-page: #ffffff; --unknown: #4a2c75; --unknown-page: #ffffff; color-scheme: light;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .report:nth-of-type(n) { content-visibility: visible; }
  h2, h3, h4, h5, summary, thead { break-after: avoid; }
  tr, pre, .finding > p { break-inside: avoid; }
  svg.wide { display: block; }
  svg.narrow { display: none; }
  .finding details::details-content, .infos::details-content { content-visibility: visible; block-size: auto; }
}
`;
