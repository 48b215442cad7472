/** XML 1.0 text: elements, and strings from outside that stay text. */
import { harmless } from "./harmless.ts";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/**
 * Character data or the value of an attribute. Characters that XML 1.0 forbids (2.2), C0 controls among them, can't be written as
 * references either: they become the visible escapes of `harmless`.
 */
export function xmlText(text: string, max = 300): string {
  return harmless(text, max).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** Several lines that are harmless already; their tabs stay. */
export function xmlLines(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .split("\t")
        .map((part) => xmlText(part, part.length))
        .join("\t"),
    )
    .join("\n");
}

/** ` name="value"` for each, in order. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join("");
}
