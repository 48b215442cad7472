/**
 * Markdown as a terminal shows it: paragraphs and list items wrapped, bold and code told by colour where there is colour. Only of this
 * tool's own pages, which have no links, pictures or HTML.
 */
import type { ChalkInstance } from "chalk";
import { displayWidth } from "./harmless.ts";

/** A part of a word in one style. */
interface Piece {
  text: string;
  bold: boolean;
  italic: boolean;
  code: boolean;
}

/** What stays together: no line ends inside it. */
type Word = Piece[];

/**
 * Lines of at most `width` columns. Code blocks, tables and quotes keep their lines. A code span is one word, whatever it is: a command
 * that is broken can't be pasted. A word that is longer than the line stands alone.
 */
export function terminalMarkdown(text: string, width: number, chalk: ChalkInstance): string[] {
  const result: string[] = [];
  /** The paragraph or list item that is being gathered. */
  let block: { first: string; rest: string; lines: string[] } | null = null;
  let table: string[] = [];
  let fenced = false;
  const end = (): void => {
    if (block !== null) result.push(...fill(wordsOf(block.lines.join(" "), chalk), block.first, block.rest, width, chalk));
    block = null;
    if (table.length > 0) result.push(...tableLines(table, chalk));
    table = [];
  };
  for (const line of text.split("\n")) {
    const fence = /^\s*(```|~~~)/.test(line);
    const item = /^(\s*(?:[-*+]|\d+[.)])\s+)(\S.*)?$/.exec(line);
    const continues: boolean = block !== null;
    const heading = /^#{1,6} +(\S.*)$/.exec(line)?.[1];
    if (fence || fenced) {
      end();
      if (!fence) result.push(`    ${line}`.trimEnd());
      else fenced = !fenced;
    } else if (/^\s*\|/.test(line)) {
      if (block !== null) end();
      table.push(line);
    } else if (heading !== undefined) {
      end();
      result.push(...fill(wordsOf(`**${heading}**`, chalk), "", "", width, chalk));
    } else if (/^\s*$|^\s*>/.test(line) || (/^ {4}/.test(line) && !continues && item === null)) {
      end();
      result.push(line.trimEnd());
    } else if (item !== null) {
      end();
      const first = item[1] ?? "";
      block = { first, rest: " ".repeat(first.length), lines: [item[2] ?? ""] };
    } else {
      if (table.length > 0) end();
      const indent = /^\s*/.exec(line)?.[0] ?? "";
      block ??= { first: indent, rest: indent, lines: [] };
      block.lines.push(line.trim());
    }
  }
  end();
  return result;
}

/** Code first, for there a star is a star; between two backticks also one. */
const INLINE = /``((?:[^`]|`(?!`))+)``|`([^`]+)`|(\*\*)|\*(?=\S)([^*]*[^*\s])\*|( +)|[^`* ]+|[`*]/g;

/** Where there is no colour, code of several words keeps its marks: nothing else would show where it ends. */
function wordsOf(markdown: string, { level }: ChalkInstance): Word[] {
  const words: Word[] = [];
  let word: Word = [];
  let bold = false;
  const end = (): void => {
    if (word.length > 0) words.push(word);
    word = [];
  };
  for (const [all, withTicks, plain, stars, emphasised, spaces] of markdown.matchAll(INLINE)) {
    const code = withTicks ?? plain;
    if (code !== undefined) word.push({ text: level === 0 && code.includes(" ") ? all : code.trim(), bold, italic: false, code: true });
    else if (stars !== undefined) bold = !bold;
    else if (spaces !== undefined) end();
    else if (emphasised !== undefined) {
      for (const [index, part] of emphasised.split(/ +/).entries()) {
        if (index > 0) end();
        word.push({ text: part, bold, italic: true, code: false });
      }
    } else word.push({ text: all, bold, italic: false, code: false });
  }
  end();
  return words;
}

const widthOf = (word: Word): number => word.reduce((sum, { text }) => sum + displayWidth(text), 0);

function shown(word: Word, chalk: ChalkInstance): string {
  return word
    .map(({ text, bold, italic, code }) => {
      const coloured = code ? chalk.cyan(text) : text;
      return bold ? chalk.bold(coloured) : italic ? chalk.italic(coloured) : coloured;
    })
    .join("");
}

function fill(words: readonly Word[], first: string, rest: string, width: number, chalk: ChalkInstance): string[] {
  const lines: string[] = [];
  let line = first;
  let columns = first.length;
  let empty = true;
  for (const word of words) {
    if (!empty && columns + 1 + widthOf(word) > width) {
      lines.push(line);
      line = rest;
      columns = rest.length;
      empty = true;
    }
    line += `${empty ? "" : " "}${shown(word, chalk)}`;
    columns += (empty ? 0 : 1) + widthOf(word);
    empty = false;
  }
  return [...lines, line];
}

/** Columns beside each other; the row under the heading that makes it a table isn't shown. */
function tableLines(rows: readonly string[], chalk: ChalkInstance): string[] {
  const cells = rows
    .filter((row) => !/^[\s|:-]+$/.test(row))
    .map((row) =>
      row
        .trim()
        .replace(/^\||\|$/g, "")
        .split("|")
        .map((cell) => wordsOf(cell.trim(), chalk)),
    );
  const columns = (words: readonly Word[]): number => words.reduce((sum, word) => sum + widthOf(word), Math.max(0, words.length - 1));
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => columns(row[at] ?? []))));
  return cells.map((row, index) =>
    row
      .map((words, at) => {
        const text = words.map((word) => shown(word, chalk)).join(" ");
        return (index === 0 ? chalk.bold(text) : text) + " ".repeat(Math.max(0, (widths[at] ?? 0) - columns(words)));
      })
      .join("  ")
      .trimEnd(),
  );
}
