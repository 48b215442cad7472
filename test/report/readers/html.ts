/**
 * A page as the HTML Standard's parser reads it (parse5), strictly: no parse error, no tag that closes by itself, nothing that runs or
 * loads.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { defaultTreeAdapter, parse, type DefaultTreeAdapterTypes as Tree, type TreeAdapter } from "parse5";

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Of the element and all within it. */
  text: string;
}

const VOID = new Set(["meta"]);
const ALLOWED: Record<string, readonly string[]> = {
  html: ["lang"],
  head: [],
  meta: ["charset", "http-equiv", "content", "name"],
  title: [],
  style: [],
  body: [],
  header: [],
  main: [],
  footer: [],
  template: ["shadowrootmode"],
  slot: ["name"],
  section: ["class", "id", "aria-labelledby", "slot"],
  h1: [],
  h2: ["id"],
  h3: ["id"],
  h4: [],
  h5: [],
  p: ["class"],
  span: ["class"],
  bdi: [],
  time: ["datetime"],
  strong: [],
  b: [],
  code: [],
  pre: [],
  a: ["href", "rel"],
  ul: ["class"],
  ol: [],
  li: [],
  dl: [],
  dt: [],
  dd: [],
  table: ["class"],
  thead: [],
  tbody: [],
  tr: [],
  th: ["scope", "class"],
  td: ["class"],
  details: ["class", "open"],
  summary: [],
  "svg:svg": ["class", "viewBox", "width", "height", "role", "aria-labelledby", "aria-describedby", "aria-hidden", "preserveAspectRatio"],
  "svg:title": ["id"],
  "svg:desc": ["id"],
  "svg:g": ["class"],
  "svg:rect": ["x", "y", "width", "height", "rx"],
  "svg:path": ["class", "d", "transform"],
  "svg:text": ["class", "x", "y"],
};

/** parse5's own makes a new object for each character of a text that is written as a reference: a fifth of all the time. */
const adapter: TreeAdapter<Tree.DefaultTreeAdapterMap> = {
  ...defaultTreeAdapter,
  updateNodeSourceCodeLocation: (node, end) => void Object.assign(node.sourceCodeLocation ?? {}, end),
};

/** Throws when the page isn't as it must be, whatever is in it. */
export function readHtml(page: string): Element {
  const errors: string[] = [];
  const document = parse(page, {
    treeAdapter: adapter,
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine, startCol }) => void errors.push(`${code} at ${startLine}:${startCol}`),
  });
  assert.deepEqual(errors, []);
  const root = document.childNodes.find((node): node is Tree.Element => node.nodeName === "html");
  assert.ok(root);
  const html = elementOf(root);

  const all = [...within(html)];
  const ids = all.flatMap(({ attributes: { id } }) => id ?? []);
  assert.equal(new Set(ids).size, ids.length, "an id twice");
  for (const { attributes } of all) {
    for (const to of [
      attributes["aria-labelledby"],
      attributes["aria-describedby"],
      attributes["href"]?.startsWith("#") === true ? attributes["href"].slice(1) : undefined,
    ])
      if (to !== undefined) assert.ok(ids.includes(to), `nothing has the id ${to}`);
    if (attributes["href"] !== undefined) assert.match(attributes["href"], /^(#|https:\/\/)/);
  }
  const count = (name: string): number => all.filter((element) => element.name === name).length;
  assert.deepEqual(["h1", "header", "main", "footer", "title", "style"].map(count), [1, 1, 1, 1, 1, 1]);
  const levels = all.flatMap(({ name }) => (/^h\d$/.test(name) ? Number(name.slice(1)) : []));
  levels.forEach((level, index) => assert.ok(level <= (levels[index - 1] ?? 0) + 1, "a level of headings is left out"));
  const [policy] = all.filter(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy");
  const [style] = all.filter(({ name }) => name === "style");
  assert.equal(
    policy?.attributes["content"],
    `default-src 'none'; style-src 'sha256-${createHash("sha256")
      .update(style?.text ?? "")
      .digest("base64")}'; base-uri 'none'; form-action 'none'`,
  );
  assert.doesNotMatch(style?.text ?? "", /url\(|@import/);
  return html;
}

export function* within(element: Element): Iterable<Element> {
  yield element;
  for (const child of element.children) yield* within(child);
}

function elementOf(node: Tree.Element): Element {
  const { tagName, attrs, sourceCodeLocation: place } = node;
  const name = node.namespaceURI.endsWith("/svg") ? `svg:${tagName}` : tagName;
  assert.ok(Object.hasOwn(ALLOWED, name), `<${name}>`);
  assert.ok(place?.startTag !== undefined && (VOID.has(name) || place.endTag !== undefined), `<${name}> doesn't begin or end by a tag`);
  for (const attribute of attrs) assert.ok(ALLOWED[name]?.includes(attribute.name), `<${name} ${attribute.name}>`);
  const nodes = "content" in node ? (node as Tree.Template).content.childNodes : node.childNodes;
  let text = "";
  const children: Element[] = [];
  for (const child of nodes) {
    if (child.nodeName === "#text") text += (child as Tree.TextNode).value;
    else {
      assert.notEqual(child.nodeName, "#comment");
      const element = elementOf(child as Tree.Element);
      children.push(element);
      text += element.text;
    }
  }
  return { name, attributes: Object.fromEntries(attrs.map((attribute) => [attribute.name, attribute.value])), children, text };
}
