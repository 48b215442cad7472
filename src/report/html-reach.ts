/** Who reaches the server, in `--format html`: a line and a table. */
import type { Report } from "../facts/output.ts";
import { html, line, type Html } from "./html-text.ts";
import { REACH_HEADINGS, reachCells, reachLine } from "./reach-text.ts";

export function reachTable({ reach }: Report): Html | "" {
  const said = reachLine(reach);
  if (said === null) return "";
  const rows = reach.map((each) => {
    const [name, word, by, because] = reachCells(each);
    return html`<tr><th scope="row">${name}</th><td>${word}</td><td>${by}</td><td>${line(because.join(", "), 500)}</td></tr>
`;
  });
  return html`<h3>Homeservers</h3>
<p>${said}</p>
<table class="reach">
<thead><tr>${REACH_HEADINGS.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>
`;
}
