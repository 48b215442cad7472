/** A page of the service as the HTML Standard's parser reads it (parse5): no parse error, every element with its text. */
import assert from "node:assert/strict";
import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";

export interface Read {
  name: string;
  attributes: Record<string, string>;
  /** Of the element and all within it. */
  text: string;
}

/** In the order of their ends. */
export function readPage(page: string): Read[] {
  const errors: string[] = [];
  const document = parse(page, { onParseError: ({ code, startLine }) => void errors.push(`${code} in line ${startLine}`) });
  assert.deepEqual(errors, []);
  const found: Read[] = [];
  const read = (node: Tree.ParentNode): string =>
    node.childNodes
      .map((child) => {
        if (child.nodeName === "#text") return (child as Tree.TextNode).value;
        if (!("tagName" in child)) return "";
        const text = read(child);
        found.push({ name: child.tagName, attributes: Object.fromEntries(child.attrs.map(({ name, value }) => [name, value])), text });
        return text;
      })
      .join("");
  read(document);
  return found;
}
