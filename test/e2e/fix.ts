/** A printed fix, taken apart: where it belongs, what to put there, which commands to run. Everything comes from the text. */
import { join } from "node:path";
import { fixParts } from "../../src/views/fix-parts.ts";
import { kindOf } from "./block-kind.ts";
import type { Kind } from "./server.ts";
import type { Stage } from "./stage.ts";

export interface Fix {
  /** All prose: where the snippet belongs, and what else is to be done. */
  where: string;
  /** The lines to paste into a configuration. Empty when everything stands in the prose. */
  snippet: string;
  /** Shell commands to run before. */
  commands: string[];
}

const LABELS: Record<Kind, string> = { nginx: "nginx", caddy: "Caddy", apache: "Apache", haproxy: "HAProxy" };

const RELOADS = /^(nginx -s reload|apachectl graceful|systemctl (reload|restart) \S+|caddy reload .*|a2enmod .*)$/;

export function readFix(text: string, kind: Kind, stage: Stage): Fix {
  const where: string[] = [];
  const snippets: string[] = [];
  const commands: string[] = [];
  for (const { prose, lines } of fixParts(localized(text, kind, stage))) {
    // Where the proxy couldn't be recognised, there is a paragraph for each.
    const named = /\bIn (nginx|Apache|HAProxy|Caddy)\b/.exec(prose)?.[1];
    if (named !== undefined && named !== LABELS[kind]) {
      where.push(prose.slice(0, prose.indexOf(`In ${named}`)));
      continue;
    }
    where.push(prose);
    if (lines.length === 0) continue;
    const isShell = kindOf(lines) === "shell";
    // The server is reloaded by who applies the fix, and has its modules.
    if (isShell && lines.every((line) => RELOADS.test(line))) continue;
    if (isShell && !/in the directory that is served as/i.test(prose) && !lines[0]?.startsWith("cat ")) commands.push(...lines);
    else if (prose.includes('"Redirect permanent / …"')) where.push(...lines);
    else snippets.push(lines.join("\n"));
  }
  return { where: forKind(where.join("\n"), kind), snippet: snippets.join("\n"), commands };
}

/** What is documented to stand for something: the ports as they are seen from outside, the homeserver's address, the places of files. */
export function localized(text: string, kind: Kind, { ports, backend, directory }: Stage): string {
  return (
    text
      .replace(/(?<=listen |\[::\]:|<VirtualHost \*:|bind |bind :|bind :::|binds port |Listen |\bport )(443|8448)\b/g, (port) =>
        String(ports[port === "443" ? 443 : 8448]),
      )
      // The Caddyfile names 443 by saying nothing (and the lab's has https_port).
      .replace(kind === "caddy" ? /\b([a-z.]+\.org):8448(?=[" ]|$)/gm : /(?!)/g, `$1:${ports[8448]}`)
      .replaceAll("127.0.0.1:8008", `127.0.0.1:${backend.port}`)
      .replaceAll("/etc/letsencrypt/live/", `${join(directory, "live")}/`)
      .replaceAll("/etc/haproxy/certs/", `${join(directory, "certs")}/`)
      .replaceAll("/var/www/", `${join(directory, "www")}/`)
  );
}

/** Of a list such as `(nginx: …; Apache: …; HAProxy: …)` only what is said for this server. */
function forKind(text: string, kind: Kind): string {
  return text.replace(/\((?:nginx|Apache|HAProxy): (?:[^()]|\([^()]*\))*\)/g, (list) => {
    const own = list
      .slice(1, -1)
      .split("; ")
      .find((part) => part.startsWith(`${LABELS[kind]}: `));
    return own === undefined ? "" : `(${own})`;
  });
}

/** `replace "A" by "B"`, as often as it stands there. */
export function replacements(where: string): [string, string][] {
  return [...where.matchAll(/replace "([^"…]+)" by "([^"…]+)"/g)].map(([, from = "", to = ""]) => [from, to]);
}

/** What stands in quotes in a text that says to remove it. */
export function removals(where: string): string[] {
  if (!/\bremove\b/.test(where)) return [];
  return [...where.matchAll(/"([^"]+)"/g)]
    .map(([, quoted = ""]) => quoted)
    .filter(
      (quoted) =>
        /^[A-Za-z_-]+ [A-Za-z_-]+|^ForceType$/.test(quoted) &&
        !/^(nginx|caddy|apachectl|systemctl|certbot|listen|server_name|ServerName) /.test(quoted),
    );
}

/** The name and port of the virtual host that the text means. */
export function siteIn(where: string, snippet = ""): { name: string | null; port: string | null } {
  const text = `${where}\n${snippet}`;
  return {
    name:
      /(?:server_name|ServerName) ([a-z0-9.-]+\.[a-z]+)|(?:block|line|host|VirtualHost[^>]*>|certificate) (?:for|of) ([a-z0-9.-]+\.[a-z]+)|^On ([a-z0-9.-]+\.[a-z]+):/m
        .exec(text)
        ?.slice(1)
        .find((each) => each !== undefined) ?? null,
    port:
      /(?:listen |<VirtualHost \*:|binds port |bind line for port |lines for port |on port |listens on |bind :)(\d+)/.exec(text)?.[1] ??
      null,
  };
}
