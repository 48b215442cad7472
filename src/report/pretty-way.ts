/** The way of a homeserver to this server as a small tree, with `-v`. */
import type { Report } from "../facts/output.ts";
import { displayWidth, wrap } from "./harmless.ts";
import { colourOf, type Paper } from "./pretty-style.ts";
import { wayOf, type WayNode } from "./way.ts";

/** Nothing where no step of the way is known. */
export function wayLines(paper: Paper, report: Report): string[] {
  const way = wayOf(report);
  if (way === null) return [];
  const { name, turns, targets } = way;
  return nodeLines(paper, { ...name, children: [...turns, ...targets] }, "  ", "  ");
}

function nodeLines(paper: Paper, { status, label, text, children }: WayNode, before: string, under: string): string[] {
  const symbol = paper.symbol(status);
  const start = `${before}${symbol} `;
  const trunk = children.length === 0 ? "  " : `${paper.symbol("trunk")} `;
  const said = paper.line(text);
  const room = `${under}${trunk}  `;
  // A label is a name from outside: it may be longer than a line.
  const [first = "", ...rest] = wrap(
    paper.line(label, 255).trim(),
    paper.width - Math.max(displayWidth(start), displayWidth(`${under}${trunk}`)),
    0,
    { all: true },
  );
  const head = `${start}${first}`;
  // Beside the label where all of it fits, else below it.
  const beside = said !== "" && rest.length === 0 && displayWidth(head) + 2 + displayWidth(said) <= paper.width;
  const lines = beside
    ? [`${head}  ${said}`]
    : [
        head,
        ...rest.map((line) => `${under}${trunk}${line}`),
        ...wrap(said, paper.width - displayWidth(room)).map((line) => `${room}${line}`),
      ];
  const coloured = lines.map((line, at) => (at === 0 ? line.replace(`${symbol} `, `${colourOf(paper.chalk, status)(symbol)} `) : line));
  return [
    ...coloured,
    ...children.flatMap((child, at) => {
      const isLast = at === children.length - 1;
      return nodeLines(
        paper,
        child,
        `${under}${paper.symbol(isLast ? "last" : "branch")} `,
        `${under}${isLast ? "   " : `${paper.symbol("trunk")} `}`,
      );
    }),
  ];
}
