/** Puts a printed fix into haproxy.cfg. Knows its grammar, and what the words of a fix mean; the content comes from the fix. */
import { removals, replacements, siteIn, type Fix } from "./fix.ts";
import { placed, type Region } from "./region.ts";

export function editHaproxy(config: string, { where, snippet }: Fix): string {
  // Of the server line that is printed only its end is meant.
  const end = /let the server line end in this/.test(where) ? /(?<=:\d+ ).*$/.exec(snippet)?.[0] : undefined;
  if (end !== undefined) return config.replace(/^(\s+server \S+ \S+) .*$/m, (_line, start: string) => `${start} ${end}`);
  const { port } = siteIn(where, snippet);
  const region = frontend(config, port);
  if (region === null) throw new Error(`no frontend binds ${port}: ${where}`);
  const lines = snippet.split("\n");
  const sections = lines.findIndex((line) => /^(backend|frontend|listen) /.test(line));
  const own = (sections === -1 ? lines : lines.slice(0, sections)).filter((line) => line.trim() !== "");
  const further = sections === -1 ? "" : lines.slice(sections).join("\n");
  const changed = placed(config, region, (old) => {
    let body = old;
    for (const [from, to] of replacements(where)) body = body.replaceAll(from, to);
    if (/remove "verify required" and the ca-file that stands there/.test(where))
      return body.replaceAll(/ (?:verify required|ca-file \S+)/g, "");
    for (const directive of removals(where)) body = body.replaceAll(new RegExp(`^\\s*${directive}\\b.*$\\n?`, "gm"), "");
    if (/replace the bind lines? for port \d+/.test(where))
      return body.replace(new RegExp(`^\\s*bind \\S*:${port}\\b.*$`, "m"), () => own.join("\n"));
    if (where.includes("above its other http-request lines"))
      return above(body, /^\s*http-request /m, own.length > 0 ? own : [/put "([^"]+)" above/.exec(where)?.[1] ?? ""]);
    if (own.length > 0 && /the first one goes above any use_backend/.test(where)) return above(body, /^\s*use_backend /m, own);
    return `${body.trimEnd()}\n${own.join("\n")}\n`;
  });
  return `${changed.trimEnd()}\n${further}\n`;
}

/** Before the first line of that kind; where there is none, at the end. */
function above(body: string, kind: RegExp, lines: readonly string[]): string {
  const at = kind.exec(body)?.index ?? body.trimEnd().length;
  return `${body.slice(0, at).trimEnd()}\n${lines.join("\n")}\n${body.slice(at).replace(/^\n/, "")}`;
}

function frontend(config: string, port: string | null): Region | null {
  for (const match of config.matchAll(/^frontend .*$/gm)) {
    const start = match.index;
    const next = /^(backend|frontend|listen) /m.exec(config.slice(start + 1));
    const end = next === null ? config.length : start + 1 + next.index;
    if (port === null || new RegExp(`^\\s*bind \\S*:${port}\\b`, "m").test(config.slice(start, end))) return { start, end };
  }
  return null;
}
