/** JUnit XML, read strictly. */
import assert from "node:assert/strict";

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Reads XML, and only what this format needs of it: anything else, or anything not well-formed, throws. */
export function readJunit(xml: string): Element {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  assert.ok(xml.startsWith(declaration));
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const token = /<([\w-]+)((?: [\w-]+="[^<"]*")*)(\/?)>|<\/([\w-]+)>|([^<]+)/y;
  token.lastIndex = declaration.length;
  while (token.lastIndex < xml.length) {
    const at = token.lastIndex;
    const found = token.exec(xml);
    assert.ok(found, `not well-formed at ${xml.slice(at, at + 60)}`);
    const [, start, attributes = "", empty, end, text] = found;
    const top = open.at(-1)!;
    if (start !== undefined) {
      const values = [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescape(value!)] as const);
      assert.equal(new Set(values.map(([name]) => name)).size, values.length, "an attribute twice");
      for (const [name, value] of values) if (name === "time") assert.match(value, /^\d+\.\d{3}$/, "xs:decimal");
      const element: Element = { name: start, attributes: Object.fromEntries(values), children: [], text: "" };
      top.children.push(element);
      if (empty === "") open.push(element);
    } else if (end !== undefined) {
      assert.equal(open.pop()!.name, end);
    } else {
      top.text += unescape(text!);
    }
  }
  assert.equal(open.length, 1);
  assert.equal(root.children.length, 1);
  return root.children[0]!;
}

function unescape(text: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(\w*;?)/g, (_, name: string) => {
    const value = name.endsWith(";") ? entities[name.slice(0, -1)] : undefined;
    assert.ok(value !== undefined, `a bare &: ${text.slice(0, 60)}`);
    return value;
  });
}
