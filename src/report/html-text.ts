/** HTML text in which nothing from outside can be anything but text: what isn't made by `html` is escaped. */
import { xmlLines, xmlText } from "./xml.ts";

/** A piece of a page. Only this file makes one. */
class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Html = Markup;

type Value = Html | readonly Html[] | string | number;

/**
 * ``html`<p>${text}</p>` ``: strings become one line of harmless text, for an element or an attribute in double quotes; pieces stay as they
 * are.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Markup(parts.map((part, index) => (index === 0 ? "" : markupOf(values[index - 1] ?? "")) + part).join(""));
}

/** One line of harmless text of at most `max` characters. */
export function line(text: string, max: number): Html {
  return new Markup(xmlText(text, max));
}

/** Lines that are harmless already, with newlines between them: for `white-space: pre-wrap` and `pre`. */
export function lines(harmless: readonly string[]): Html {
  return new Markup(xmlLines(harmless));
}

/** Text of this program's own that has no `<` in it and whose every byte counts: a style sheet, whose hash is in the page. */
export function verbatim(text: string): Html {
  if (text.includes("<")) throw new Error("there is a < in it");
  return new Markup(text);
}

function markupOf(value: Value): string {
  if (value instanceof Markup) return value.toString();
  return typeof value === "object" ? value.map(markupOf).join("") : xmlText(String(value));
}
