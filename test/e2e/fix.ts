/** A printed fix, taken apart: where it belongs, what to put there, which commands to run. Everything comes from the text. */
import { join } from "node:path";
import type { Kind } from "./server.ts";
import type { Stage } from "./stage.ts";

export interface Fix {
  /** The line that says where the snippet belongs, and the comments with which the snippet begins; prose alone when there is no snippet. */
  where: string;
  /** Empty when everything stands in the prose. */
  snippet: string;
  /** Shell commands in comments (`#   mkdir …`) and certbot's, in quotes or below. */
  commands: string[];
}

const LABELS: Record<Kind, string> = { nginx: "nginx", caddy: "Caddy", apache: "Apache", haproxy: "HAProxy" };

export function readFix(text: string, kind: Kind, stage: Stage): Fix {
  const [first = "", ...rest] = localized(text, kind, stage).split("\n");
  const begins = rest.findIndex((line) => !line.startsWith("#"));
  const comments = rest.slice(0, begins === -1 ? rest.length : begins);
  const where = forKind([first, ...comments].join("\n"), kind);
  const below = begins === -1 ? [] : rest.slice(begins);
  return {
    where,
    snippet: below.filter((line) => !line.startsWith("certbot ")).join("\n"),
    commands: [
      ...below.filter((line) => line.startsWith("certbot ")),
      ...[...where.matchAll(/"(certbot [^"]+)"/g)].map(([, command = ""]) => command),
      ...[...comments, ...below].flatMap((line) => /^\s*# {2,}(\S.*)$/.exec(line)?.[1] ?? []),
    ],
  };
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
