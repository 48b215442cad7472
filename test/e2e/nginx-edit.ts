/**
 * Puts a printed fix into an nginx configuration. Knows nginx's grammar, and what the words of a fix mean; the content comes from the fix.
 */
import { removals, replacements, siteIn, type Fix } from "./fix.ts";
import { placed, type Region } from "./region.ts";

export function editNginx(config: string, { where, snippet }: Fix): string {
  const site = siteIn(where, snippet);
  const region = serverBlock(config, site.name, site.port);
  if (/^server \{/.test(snippet)) {
    if (region === null) return config.replace(/\}\s*$/, `${snippet}\n}\n`);
    if (!where.includes("give it only the ssl_certificate lines"))
      throw new Error(`nothing is said about the server block that is there: ${where}`);
    return placed(config, region, (body) =>
      withDirectives(
        body,
        directivesIn(snippet).filter((line) => line.startsWith("ssl_certificate")),
      ),
    );
  }
  if (region === null) throw new Error(`no server block for ${site.name} on ${site.port}: ${where}`);
  return placed(config, region, (old) => {
    let body = old;
    for (const [from, to] of replacements(where)) body = body.replaceAll(from, to);
    for (const directive of removals(where)) body = body.replaceAll(new RegExp(`^.*${directive}\\b.*$\\n?`, "gm"), "");
    const other = /instead of any other location for (\/[\w./-]+)/.exec(where)?.[1];
    const listens = /replace the listen lines for port (\d+)/.exec(where)?.[1];
    body = statements(body)
      .filter((each) => other === undefined || !(/^\s*location\b/.test(each) && each.slice(0, each.indexOf("{")).includes(other)))
      .filter((each) => listens === undefined || !new RegExp(`^\\s*listen\\b[^;]*\\b${listens}\\b`).test(each))
      .join("");
    if (where.includes('a "return" or "rewrite" that stands in the server block itself must move into "location / { … }"'))
      body = intoLocation(body);
    const inline = /(?:nginx: |: )"?((?:listen|ssl_certificate) [^;")]+)/.exec(where)?.[1];
    const exact = /an exact "(location = (\S+))"/.exec(where);
    if (snippet === "" && exact !== null)
      body = body.replaceAll(new RegExp(`location ${exact[2]?.replaceAll(".", "\\.")} (?=\\{)`, "g"), `${exact[1] ?? ""} `);
    const beside =
      /beside the proxy_pass for (\/\S+), add this/.exec(where)?.[1] ?? /in the location for (\/\S+), forward to/.exec(where)?.[1];
    if (beside !== undefined)
      return statements(body)
        .map((each) =>
          !/^\s*location\b/.test(each) || !each.slice(0, each.indexOf("{")).includes(beside)
            ? each
            : /^proxy_pass /.test(snippet)
              ? each.replace(/proxy_pass [^;]*;/, () => snippet)
              : each.replace(/proxy_pass [^;]*;/, (line) => `${line}\n${snippet}`),
        )
        .join("");
    const said = snippet === "" ? (inline === undefined ? "" : `${inline};`) : snippet;
    if (!said.includes("{")) return withDirectives(body, directivesIn(said));
    return `${body.trimEnd()}\n${said}\n`;
  });
}

/** Certificates are there once; of everything else there may be several. */
function withDirectives(body: string, directives: readonly string[]): string {
  const once = directives.map((line) => /^ssl_\w+/.exec(line)?.[0]).filter((name) => name !== undefined);
  const rest = statements(body).filter((each) => !once.includes(/^\s*(\w+)/.exec(each)?.[1] ?? ""));
  return `${rest.join("").trimEnd()}\n${directives.join("\n")}\n`;
}

function directivesIn(snippet: string): string[] {
  return snippet
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.endsWith(";"));
}

function intoLocation(body: string): string {
  const moved = statements(body).filter((each) => /^\s*(return|rewrite)\b/.test(each));
  if (moved.length === 0) return body;
  return `${statements(body)
    .filter((each) => !moved.includes(each))
    .join("")}\nlocation / {${moved.join("")}\n}\n`;
}

function serverBlock(config: string, name: string | null, port: string | null): Region | null {
  for (const match of config.matchAll(/\bserver \{/g)) {
    const start = match.index + match[0].length;
    const end = endOf(config, start);
    const body = config.slice(start, end);
    const named =
      name === null ||
      statements(body).some((each) => /^\s*server_name\b/.test(each) && each.replace(";", "").trim().split(/\s+/).includes(name));
    const listens = port === null || new RegExp(`\\blisten (\\[::\\]:)?${port}\\b`).test(body);
    if (named && listens) return { start, end };
  }
  return null;
}

/** The statements of a block's body, with the space before each: `name …;` or `name … { … }`. */
function statements(body: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (let at = 0; at < body.length; at++) {
    const next = body[at] ?? "";
    if (next === "'" || next === '"') at = body.indexOf(next, at + 1);
    else if (next === "{") at = endOf(body, at + 1);
    if (next !== ";" && next !== "{") continue;
    found.push(body.slice(start, at + 1));
    start = at + 1;
  }
  return [...found, body.slice(start)];
}

/** Where the block ends whose body begins at `start`; braces in quotes don't count. */
function endOf(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    const next = text[at] ?? "";
    if (next === "'" || next === '"') at = text.indexOf(next, at + 1);
    else if (next === "{") depth++;
    else if (next === "}" && --depth === 0) return at;
  }
  throw new Error("a block has no end");
}
