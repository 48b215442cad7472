/** Markdown, read by marked: which parts there are, and what of their text isn't code. */
import assert from "node:assert/strict";
import { marked, type Token, type Tokens } from "marked";

const ALLOWED = new Set(["heading", "paragraph", "space", "table", "text", "codespan", "code", "strong"]);

/** The kinds of all parts, as nested as they are, with the text of everything that isn't code. */
export function skeleton(markdown: string): unknown {
  return marked.lexer(markdown, { gfm: true }).map(shape);
}

function shape(token: Token): unknown {
  assert.ok(ALLOWED.has(token.type), `${token.type}: ${token.raw.slice(0, 80)}`);
  if (token.type === "code") return `code ${(token as Tokens.Code).lang}`;
  if (token.type === "codespan") return "codespan";
  if (token.type === "table") {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].map((cells) => cells.map(({ tokens }) => tokens.map(shape)));
  }
  const inside = (token as Tokens.Generic).tokens;
  return [token.type, inside === undefined ? token.raw : inside.map(shape)];
}
