/** Markdown, read by marked: which parts there are, and what of their text isn't code. */
import assert from "node:assert/strict";
import { marked, type Token, type Tokens } from "marked";

const ALLOWED = new Set(["heading", "paragraph", "space", "table", "text", "codespan", "code", "strong", "list", "list_item"]);

/**
 * Words that no flavour of Markdown makes anything else of: no link, mention (`@`), reference (`#1`, `GH-2`, a hash), emoji (`:x:`),
 * HTML, or escape. Our own signs, spaces and sentences' punctuation stand beside them.
 */
const PLAIN = /^(?:[\p{L}\p{Emoji_Presentation}✅❌❔➖⚠\ufe0f…→’ '(),.;:?!/-]|\d{1,6}(?!\d)|\d[\d.]*(?:e\+\d+)? m?s\b|"|=)*$/u;
const MEANT = /www\.(?=\S)|:\/\/|@|#|[A-Z]{2,}-\d|:[a-z_]+:|\b(?!\d[\d.]*(?:e\+\d+)? m?s\b)[a-f\d]{7,}\b(?!\.\d)|\.[a-z]{2,}\b(?!\.)/;

/** Every part is a known one, and nothing but plain words is outside of code. Throws otherwise. */
export function skeleton(markdown: string): unknown {
  return marked.lexer(markdown, { gfm: true }).map(shape);
}

function shape(token: Token): unknown {
  assert.ok(ALLOWED.has(token.type), `${token.type}: ${token.raw.slice(0, 80)}`);
  if (token.type === "code") return `code ${(token as Tokens.Code).lang}`;
  if (token.type === "codespan") return "codespan";
  if (token.type === "list") return (token as Tokens.List).items.map(shape);
  if (token.type === "table") {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].map((cells) => cells.map(({ tokens }) => tokens.map(shape)));
  }
  const inside = (token as Tokens.Generic).tokens;
  if (inside !== undefined) return [token.type, inside.map(shape)];
  const text = token.raw.trim();
  assert.match(text, PLAIN, `not only words: ${text.slice(0, 120)}`);
  assert.doesNotMatch(text, MEANT, `more than words: ${text.slice(0, 120)}`);
  return [token.type, text];
}
