/** What all parts of the terminal report are made of: safe text, symbols, colours, lines that keep to the width. */
import type { ChalkInstance } from "chalk";
import type { Severity, Step, Verdict } from "../facts/output.ts";
import { displayWidth, harmless, harmlessCode, widestWord, wrap } from "./harmless.ts";

export interface PrettyOptions {
  /** With the level that the caller decided on. */
  chalk: ChalkInstance;
  /** Columns; no line gets wider. Under 40 is taken as 40. */
  width: number;
  /** All the evidence. */
  verbose: boolean;
  /** Only the verdict lines. */
  quiet: boolean;
  /** False: nothing but ASCII. */
  unicode: boolean;
}

/** What the renderers draw on. Everything that isn't this tool's own goes through `line` or `text` first. */
export interface Paper {
  readonly chalk: ChalkInstance;
  readonly width: number;
  readonly verbose: boolean;
  /** One safe line, at most `max` characters. */
  line(text: string, max?: number): string;
  /** A safe line to be pasted: its tabs are kept, and it is printed whole. */
  code(line: string): string;
  /** Safe text whose newlines are kept: those of fixes and details. It is only ever printed indented. */
  text(text: string): string;
  symbol(name: SymbolName): string;
}

export type SymbolName = Step["status"] | Severity | "folded" | "branch" | "last" | "trunk";

const SYMBOLS: Readonly<Record<SymbolName, readonly [unicode: string, ascii: string]>> = {
  pass: ["✔", "+"],
  warn: ["!", "!"],
  fail: ["✖", "x"],
  skip: ["–", "-"],
  unknown: ["?", "?"],
  error: ["✖", "x"],
  warning: ["!", "!"],
  info: ["i", "i"],
  folded: ["↳", "->"],
  branch: ["├─", "|-"],
  last: ["└─", "`-"],
  trunk: ["│ ", "| "],
};

const ASCII: Readonly<Record<string, string>> = {
  "·": "-",
  "→": "->",
  "←": "<-",
  "…": "...",
  "–": "-",
  "—": "-",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
  "≥": ">=",
  "≤": "<=",
  "×": "x",
  "±": "+/-",
};

const NARROWEST = 40;

export function paperOf(options: PrettyOptions): Paper {
  const ascii = (text: string): string => (options.unicode ? text : text.replace(/[^\x20-\x7e]/gu, asciiOf));
  const line = (text: string, max = 300): string => ascii(harmless(text, max));
  return {
    chalk: options.chalk,
    width: Number.isFinite(options.width) ? Math.max(NARROWEST, Math.floor(options.width)) : 80,
    verbose: options.verbose,
    line,
    code: (text) => (options.unicode ? harmlessCode(text) : harmlessCode(text).replace(/[^\x20-\x7e\t]/gu, asciiOf)),
    // A long fix is a proxy's configuration; whatever is longer is somebody's attempt to fill the screen.
    text: (text) =>
      text
        .slice(0, 8000)
        .split("\n")
        .slice(0, 80)
        .map((part) => line(part, 2000))
        .join("\n"),
    symbol: (name) => SYMBOLS[name][options.unicode ? 0 : 1],
  };
}

function asciiOf(character: string): string {
  return ASCII[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The colour of a step's status, a verdict or a severity. Never the only sign of it. */
export function colourOf(chalk: ChalkInstance, name: Step["status"] | Severity | Verdict): ChalkInstance {
  switch (name) {
    case "pass":
      return chalk.green;
    case "fail":
    case "error":
      return chalk.red;
    case "warn":
    case "warning":
      return chalk.yellow;
    case "info":
      return chalk.cyan;
    case "skip":
      return chalk.dim;
    case "unknown":
    case "inconclusive":
      return chalk.magenta;
  }
}

type Colour = (text: string) => string;
export const plain: Colour = (text) => text;

/**
 * `head` and, beside it, `text` wrapped with a hanging indent; under it when there is too little room, or a word (URL, hash) would break.
 * Both plain and safe; colours are applied after measuring. Without text the head stands alone.
 */
export function beside(width: number, head: string, text: string, colourHead: Colour = plain, colourText: Colour = plain): string[] {
  const indent = displayWidth(head);
  const alone = (): string[] => wrap(head.trimEnd(), width).map((line) => colourHead(line));
  if (text === "") return alone();
  if (width - indent < Math.max(20, widestWord(text))) {
    const own = /^ */.exec(head)?.[0].length ?? 0;
    return [...alone(), ...wrap(text, width, own + 2).map((line) => colourText(line))];
  }
  const [first = "", ...rest] = wrap(text, width, indent);
  return [colourHead(head) + colourText(first.slice(indent)), ...rest.map((line) => colourText(line))];
}

/** `left` and, at the right edge, `right`; on a line of its own when there is no room beside `left`. */
export function apart(width: number, left: string, right: string, colourLeft: Colour = plain, colourRight: Colour = plain): string[] {
  const gap = width - displayWidth(left) - displayWidth(right);
  if (gap >= 2) return [colourLeft(left) + " ".repeat(gap) + colourRight(right)];
  const under = " ".repeat(Math.max(0, width - displayWidth(right))) + colourRight(right);
  return [...wrap(left, width).map((line) => colourLeft(line)), under];
}

/** The items that fit into `room` columns, and how many are left: `a, b and 3 more`. At least the first is there. */
export function listed(items: readonly string[], room: number): string {
  // The count of the rest gets shorter as more are shown: the whole list may fit where a cut one doesn't.
  const whole = items.join(", ");
  if (displayWidth(whole) <= room) return whole;
  let text = firstOf(items, 1);
  for (let shown = 2; shown < items.length; shown++) {
    const longer = firstOf(items, shown);
    if (displayWidth(longer) > room) break;
    text = longer;
  }
  return text;
}

/** The first `count` items, and how many are left. */
export function firstOf(items: readonly string[], count: number): string {
  const text = items.slice(0, count).join(", ");
  return items.length > count ? `${text} and ${items.length - count} more` : text;
}

/** `84 ms`, `1.20 s`. Empty for what took no time. */
export function duration(ms: number): string {
  const whole = Math.round(ms);
  if (!(whole >= 1)) return "";
  return whole < 1000 ? `${whole} ms` : seconds(ms);
}

/** `0.26 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
