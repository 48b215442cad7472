/** Puts a printed fix into a Caddyfile. Knows the Caddyfile's grammar, and what the words of a fix mean; the content comes from the fix. */
import { removals, replacements, siteIn, type Fix } from "./fix.ts";
import { placed, type Region } from "./region.ts";

export function editCaddy(config: string, { where, snippet }: Fix): string {
  if (where.includes("in the address of the site block"))
    return replacements(where).reduce((text, [from, to]) => text.replace(`\n${from} {\n`, `\n${to} {\n`), config);
  if (where.includes('inside "transport http { … }"')) return config.replace("transport http {", () => `transport http {\n${snippet}`);
  if (where.includes("remove client_auth from the tls block")) return config.replace(/ \{\s*client_auth \{[^}]*\}\s*\}/, "");
  const address = /site block of "([^"]+)"/.exec(where)?.[1] ?? /^(\S+) \{$/m.exec(snippet)?.[1] ?? siteIn(where).name;
  const region = siteBlock(config, address);
  if (address === null && removals(where).length > 0) return removals(where).reduce(withoutDirective, config);
  const wholeSite = new RegExp(`^${address} \\{\\n([\\s\\S]*)\\n\\}$`).exec(snippet);
  if (wholeSite !== null && region === null) return `${config}${snippet}\n`;
  if (region === null) throw new Error(`no site block of ${address}: ${where}`);
  return placed(config, region, (body) => {
    if (wholeSite !== null && where.includes("only remove its tls line")) return withoutTls(body);
    if (wholeSite !== null) {
      const holds = /# what the block of \S+ holds today, except ([a-z, ]+), which stay outside/.exec(snippet);
      if (holds === null) throw new Error(`nothing is said about what the block holds today: ${snippet}`);
      return moved(body, wholeSite[1] ?? "", holds[1] ?? "", holds[0]);
    }
    let changed = body;
    for (const [from, to] of replacements(where)) changed = changed.replaceAll(from, to);
    for (const directive of removals(where)) changed = withoutDirective(changed, directive);
    if (/fullchain\.pem instead of cert\.pem/.test(where)) changed = changed.replaceAll("/cert.pem", "/fullchain.pem");
    if (/^tls /.test(snippet)) changed = withoutTls(changed);
    const gathered = /put everything but ([a-z, ]+) into one "handle \{ … \}"/.exec(where)?.[1];
    if (gathered !== undefined) changed = moved(changed, "handle {\n# …\n}", gathered, "# …");
    // As it stands in a block: what ends the block is at the left edge.
    return `${changed.trimEnd()}\n${snippet.replace(/^(?=.)/gm, "\t")}\n`;
  });
}

/** All statements but those named `outside` go where the placeholder stands in `inside`. */
function moved(body: string, inside: string, outside: string, placeholder: string): string {
  const staying = outside.split(/, | and /);
  const stays = statements(body).filter((each) => staying.includes(/^\s*(\S+)/.exec(each)?.[1] ?? ""));
  const goes = statements(body).filter((each) => !stays.includes(each));
  return `\n${stays.join("\n")}\n${inside.replace(placeholder, () => goes.join("\n"))}\n`;
}

function withoutTls(body: string): string {
  return `\n${statements(body)
    .filter((each) => !/^\s*tls\b/.test(each))
    .join("\n")}\n`;
}

/** `header Content-Type` is also `header >Content-Type` and `header /path Content-Type`. */
function withoutDirective(body: string, directive: string): string {
  const [name = "", field = ""] = directive.split(" ");
  return body.replaceAll(new RegExp(`^\\s*${name}\\b.*[ >+-]${field}\\b.*$\\n?`, "gm"), "");
}

/** By its whole address, or by the name alone. */
function siteBlock(config: string, address: string | null): Region | null {
  const head =
    address === null
      ? null
      : new RegExp(`^${address.replaceAll(".", "\\.")}${address.includes(":") ? "" : "(?::\\d+)?"} \\{$`, "m").exec(config);
  if (head === null) return null;
  const start = head.index + head[0].length;
  return { start, end: config.indexOf("\n}", start) + 1 };
}

/** Lines, or a line that ends in `{` with everything up to its `}`. */
function statements(body: string): string[] {
  const found: string[] = [];
  let depth = 0;
  for (const line of body.split("\n").filter((each) => each.trim() !== "")) {
    if (depth === 0) found.push(line);
    else found.push(`${found.pop() ?? ""}\n${line}`);
    if (/\{$/.test(line)) depth++;
    if (/^\s*\}$/.test(line)) depth--;
  }
  return found;
}
