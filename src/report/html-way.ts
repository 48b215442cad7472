/**
 * The way in `--format html`, as a drawing: for narrow pages, and for wide ones; the style sheet shows one of the two. Every state has a
 * word and a shape, and all that is drawn stands in the text alternative, too.
 */
import type { Finding, Reach, Report, Step } from "../facts/output.ts";
import { displayWidth, harmless, wrap } from "./harmless.ts";
import { html, line, type Html } from "./html-text.ts";
import { reachLine } from "./reach-text.ts";
import { seenIn } from "./seen.ts";
import { beginningOf, breaksOf, brokenNodes, wayOf, type Way, type WayNode } from "./way.ts";
import { wellKnownUrl } from "../views/well-known-result.ts";

type State = Step["status"];

/** Units of the drawing, which are pixels where there is room. A column is one of a fixed-width font of 12 units, and a bit of air. */
const COLUMN = 7.5;
const LINE = 16;
const PAD = 8;
const GAP = 20;
const MARK = 20;
const RAIL = 6;
const MOST_LINES = 8;
const NARROW = 358;
const WIDE = 960;
const REACH = 220;
/** An address has so much room at least, and a target. */
const LEAST_ADDRESS = 150;
const LEAST_TARGET = 330;
const MOST_WIDTH = 340;

const WORDS: Readonly<Record<State, string>> = {
  pass: "works",
  warn: "works, with a warning",
  fail: "fails",
  skip: "not taken",
  unknown: "not known",
};

/** In a square of 16 units. */
const SHAPES: Readonly<Record<State, string>> = {
  pass: "M2 8l4 4 8-9",
  warn: "M8 2l7 12H1zM8 6.5v3M8 11.2v1",
  fail: "M3 3l10 10M13 3L3 13",
  skip: "M3 8h10",
  unknown: "M5 5.5a3 3 0 1 1 4.5 2.6Q8 9 8 10.5M8 12.5v1",
};

const STEPS: Readonly<Record<Finding["step"], string>> = {
  name: "the server name",
  "well-known": "the well-known",
  srv: "SRV",
  address: "the addresses",
  connect: "the connection",
  tls: "TLS",
  federation: "the homeserver",
  keys: "the keys",
  dns: "DNS",
  policy: "what is expected",
  client: "what clients need",
};

/** Once its id on the page is known. */
export function wayDrawing(report: Report): (id: string) => Html {
  const way = wayOf(report) ?? beginningOf(report);
  const roots = breaksOf(report);
  const broken = new Set(roots.flatMap((root) => brokenNodes(way, root)));
  const breaks = roots.map(({ finding }) => finding);
  const title = line(titleOf(report, breaks), 500);
  const description = line(describe(report, way, breaks, broken), 8000);
  const drawings = (["narrow", "wide"] as const).map((kind) => ({ kind, ...draw(report, way, broken, kind === "wide" ? WIDE : NARROW) }));
  return (id) => html`<h3>The way</h3>
${drawings.map(
  ({
    kind,
    width,
    height,
    pieces,
  }) => html`<svg class="way ${kind}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-${kind}-title" aria-describedby="${id}-${kind}-desc">
<title id="${id}-${kind}-title">${title}</title>
<desc id="${id}-${kind}-desc">${description}</desc>
${pieces}</svg>
`,
)}`;
}

function titleOf(report: Report, breaks: readonly Finding[]): string {
  const steps = [...new Set(breaks.map(({ step }) => STEPS[step]))];
  const said =
    steps.length > 0
      ? `breaks at ${steps.join(", and at ")}`
      : report.verdict === "inconclusive"
        ? "not known to its end"
        : report.verdict === "fail"
          ? "fails"
          : report.facts.settings.probe
            ? `leads to the homeserver${report.verdict === "warn" ? ", with warnings" : ""}`
            : "as far as it was looked up";
  return `The way to ${harmless(report.serverName, 255)}: ${said}`;
}

/** The drawing in words. */
function describe(report: Report, way: Way, breaks: readonly Finding[], broken: ReadonlySet<WayNode>): string {
  const url = wellKnownUrl(report.facts);
  const nodes: string[] = [];
  const say = (node: WayNode, kind: string): void => {
    const text = node.text === "" ? "" : `, ${cut(node.text)}`;
    const state = node.status === "skip" && node.text.startsWith("not taken") ? "" : wordOf(node, broken);
    const all = [state, text.slice(state === "" ? 2 : 0)].join("");
    nodes.push(`${kind}${cut(node.label)}: ${all}${broken.has(node) ? " (breaks here)" : ""}.`);
  };
  say(way.name, "Server name ");
  for (const turn of way.turns) say(turn, "");
  for (const target of way.targets) {
    say(target, "Target ");
    for (const address of target.children) {
      say(address, "Address ");
      for (const part of address.children) say(part, "");
    }
  }
  const reach = reachLine(report.reach);
  return [
    ...breaks.slice(0, 5).map((finding) => `Breaks at ${STEPS[finding.step]}: ${cut(finding.code)}, ${cut(seenIn(finding, url))}.`),
    ...nodes,
    ...(reach === null ? [] : [`${reach}.`]),
  ].join(" ");
}

function cut(text: string): string {
  return harmless(text, 200);
}

function wordOf(node: WayNode, broken: ReadonlySet<WayNode>): string {
  return broken.has(node) ? "fails" : WORDS[node.status];
}

interface Drawing {
  width: number;
  height: number;
  pieces: Html[];
}

function draw(report: Report, way: Way, broken: ReadonlySet<WayNode>, width: number): Drawing {
  const isWide = width === WIDE;
  const reach = reachBoxes(report.reach);
  const room = isWide && reach.length > 0 ? width - REACH - GAP : width;
  const lines: Html[] = [];
  const boxes: Html[] = [];
  const link = (path: string, node: WayNode): void =>
    void lines.push(html`<path class="line ${node.status === "skip" ? "not" : "taken"}" d="${path}"></path>
`);
  const put = (node: WayNode, x: number, y: number, w: number, least = 0): number => {
    const box = boxOf(node, broken, w);
    const height = Math.max(box.height, least);
    boxes.push(box.at(x, y, height));
    return height;
  };

  // Narrow, a line on the left leads from one to the next, and what isn't taken stands aside.
  const inset = isWide ? 0 : RAIL * 2;
  let rail = LINE;
  const tick = (node: WayNode, x: number, at: number): void => {
    link(`M${RAIL} ${rail}V${at + LINE}H${x}`, node);
    if (node.status !== "skip") rail = at + LINE;
  };

  const nameWidth = isWide ? MOST_WIDTH : room - inset;
  const nameX = isWide ? (room - nameWidth) / 2 : inset;
  if (!isWide) tick(way.name, nameX, 1);
  let y = 1 + put(way.name, nameX + 1, 1, nameWidth - 2);
  let from: [x: number, y: number] = [room / 2, y];
  y += GAP;

  // The turns are taken one after the other. Where none is, the way leads on from the name.
  const turnWidth = (room - GAP * (way.turns.length - 1)) / way.turns.length;
  const tallest = Math.max(0, ...way.turns.map((turn) => boxOf(turn, broken, turnWidth - 2).height));
  const source = way.turns.findLastIndex(({ status }) => status !== "skip");
  way.turns.forEach((turn, index) => {
    if (!isWide) {
      const x = turn.status === "skip" ? inset + 2 * GAP : inset;
      tick(turn, x, y);
      y += GAP / 2 + put(turn, x + 1, y, room - x - 2);
      return;
    }
    const x = index * (turnWidth + GAP);
    if (index > 0) link(`M${x - GAP} ${y + GAP}H${x}`, turn);
    else link(elbow(room / 2, y - GAP, x + turnWidth / 2, y), turn);
    put(turn, x + 1, y, turnWidth - 2, tallest);
    if (index === source) from = [x + turnWidth / 2, y + tallest];
  });
  if (isWide) y += tallest + GAP;

  const targetRows = rowsOf(way.targets, Math.max(1, Math.floor((room + GAP) / (LEAST_TARGET + GAP))));
  for (const row of targetRows) {
    const w = (room - inset - GAP * (row.length - 1)) / row.length;
    const top = y;
    const bottoms = row.map((target, index) => {
      const x = inset + index * (w + GAP);
      const targetWidth = isWide ? Math.min(w, MOST_WIDTH) : w;
      if (isWide) link(elbow(...from, x + w / 2, top), target);
      else tick(target, x, top);
      const bottom = top + put(target, x + (w - targetWidth) / 2 + 1, top, targetWidth - 2);
      return addresses(target, x, bottom, w);
    });
    y = Math.max(...bottoms) + GAP;
  }

  function addresses(target: WayNode, left: number, top: number, w: number): number {
    let bottom = top;
    for (const row of rowsOf(target.children, Math.max(1, Math.floor((w + PAD) / (LEAST_ADDRESS + PAD))))) {
      const each = Math.min(MOST_WIDTH, (w - PAD * (row.length - 1)) / row.length);
      const start = left + (w - each * row.length - PAD * (row.length - 1)) / 2;
      const begin = bottom + GAP;
      for (const [index, address] of row.entries()) {
        const x = start + index * (each + PAD);
        link(elbow(left + w / 2, top, x + each / 2, begin), address);
        let at = begin + put(address, x + 1, begin, each - 2);
        for (const part of address.children) {
          link(`M${x + each / 2} ${at}v${PAD}`, part);
          at += PAD + put(part, x + 1, at + PAD, each - 2);
        }
        bottom = Math.max(bottom, at);
      }
    }
    return bottom;
  }

  // Who gets there, beside it where there is room.
  let reachY = isWide ? 1 : y;
  for (const node of reach) {
    reachY += PAD + put(node, (isWide ? width - REACH : 0) + 1, reachY, (isWide ? REACH : width) - 2);
  }
  return { width, height: Math.ceil(Math.max(y, reachY)), pieces: [...lines, ...boxes] };
}

/** Down, across, down. */
function elbow(x: number, y: number, toX: number, toY: number): string {
  return `M${x} ${y}V${toY - GAP / 2}H${toX}V${toY}`;
}

function rowsOf<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / count) }, (_, row) => items.slice(row * count, (row + 1) * count));
}

const GROUPS: readonly (readonly [Reach["reaches"], State, string])[] = [
  ["yes", "pass", "Reached by"],
  ["sometimes", "warn", "Sometimes reached by"],
  ["no", "fail", "Not reached by"],
  ["unknown", "unknown", "Not known of"],
];

function reachBoxes(reach: readonly Reach[]): WayNode[] {
  return GROUPS.flatMap(([reaches, status, label]) => {
    const names = reach.filter((each) => each.reaches === reaches).map(({ homeserver }) => homeserver);
    return names.length === 0 ? [] : [{ status, label, text: names.join(", "), children: [] }];
  });
}

function boxOf(
  node: WayNode,
  broken: ReadonlySet<WayNode>,
  width: number,
): { height: number; at: (x: number, y: number, height: number) => Html } {
  const columns = (less: number): number => Math.max(4, Math.floor((width - 2 * PAD - less) / COLUMN));
  const isBroken = broken.has(node);
  const state = isBroken ? "fail" : node.status;
  const label = few(wrap(harmless(node.label, 255), columns(MARK), 0, { all: true }), 4);
  const isPerson = node.children.length === 0 && GROUPS.some(([, , said]) => said === node.label);
  const isSaid = isPerson || (node.status === "skip" && (node.text === "" || node.text.startsWith("not taken")));
  const words = isBroken ? ["fails: breaks here"] : isSaid ? [] : wrap(WORDS[node.status], columns(MARK));
  const text = few(wrap(harmless(node.text, 300), columns(0), 0, { all: true }), MOST_LINES);
  const height = 2 * PAD + LINE * (label.length + words.length + text.length);
  const rows = [
    ...label.map((said) => ({ said, kind: "label", x: MARK })),
    ...words.map((said) => ({ said, kind: "state", x: MARK })),
    ...text.map((said) => ({ said, kind: "said", x: 0 })),
  ];
  return {
    height,
    at: (x, y, tall) => html`<g class="box ${state}${isBroken ? " breaks" : ""}">
<rect x="${x}" y="${y}" width="${width}" height="${tall}" rx="4"></rect>
<path class="shape" d="${SHAPES[state]}" transform="translate(${x + PAD - 2} ${y + PAD})"></path>
${rows.map(
  (row, index) => html`<text class="${row.kind}" x="${x + PAD + row.x}" y="${y + PAD + LINE * index + 12}">${line(row.said, 300)}</text>
`,
)}</g>
`,
  };
}

/** What is more than that is cut, and the cut is shown. */
function few(lines: readonly string[], most: number): string[] {
  const shown = lines.map((each) => each.trimStart()).filter((each) => displayWidth(each) > 0);
  return shown.length <= most ? shown : [...shown.slice(0, most - 1), `${shown[most - 1] ?? ""}…`];
}
