/** Puts a printed fix into an Apache configuration. Knows its grammar, and what the words of a fix mean; the content comes from the fix. */
import { removals, replacements, siteIn, type Fix } from "./fix.ts";
import { placed, type Region } from "./region.ts";

/** Directives of which the last one counts, or which must not be there twice. */
const SINGLE = ["SSLEngine", "SSLCertificateFile", "SSLCertificateKeyFile", "SSLVerifyClient"];

export function editApache(config: string, { where, snippet }: Fix): string {
  const site = siteIn(where, snippet);
  const region = virtualHost(config, site.name, site.port);
  if (/^<VirtualHost /.test(snippet)) {
    if (region === null) return `${config}${snippet}\n`;
    if (!where.includes("give it only the SSLCertificate lines"))
      throw new Error(`nothing is said about the virtual host that is there: ${where}`);
    return placed(config, region, (body) =>
      inserted(
        body,
        snippet
          .split("\n")
          .filter((line) => /^\s*SSLCertificate/.test(line))
          .join("\n"),
      ),
    );
  }
  if (region === null) throw new Error(`no virtual host for ${site.name} on ${site.port}: ${where}`);
  return placed(config, region, (old) => {
    let body = old;
    for (const [from, to] of replacements(where)) body = body.replaceAll(from, to);
    for (const directive of removals(where)) body = without(body, directive);
    for (const [, name = ""] of where.matchAll(/remove (?:any other )?([A-Z][A-Za-z]+)(?= |\.|$)/g)) body = without(body, name);
    const redirect = /^(RedirectMatch permanent \S+) "https:\/\/\S+\/\$1"$/m.exec(where);
    if (redirect !== null)
      body = body.replaceAll(
        /^(\s*)Redirect (?:permanent|301) \/ https:\/\/(\S+?)\/?$/gm,
        (_all, space: string, target: string) => `${space}${redirect[1] ?? ""} "https://${target}/$1"`,
      );
    if (where.includes("let each RewriteCond on it allow the port"))
      return body.replaceAll(
        /^(\s*)RewriteCond %\{HTTP_HOST\} (!?).*$/gm,
        (_all, space: string, not: string) => space + snippet.replace("%{HTTP_HOST} ", () => `%{HTTP_HOST} ${not}`),
      );
    const file = /: (SSLCertificateFile \S+) \(not cert\.pem\)/.exec(where)?.[1];
    const appended = /"ProxyPass … (\w+)"/.exec(where)?.[1];
    if (appended !== undefined)
      body = body.replaceAll(/^(\s*ProxyPass \S+ \S+)(.*)$/gm, (line, start: string, rest: string) =>
        rest.includes(appended) ? line : `${start} ${appended}${rest}`,
      );
    const quoted = snippet === "" && appended !== undefined ? /"(AllowEncodedSlashes \w+)"/.exec(where)?.[1] : undefined;
    if (quoted !== undefined) body = without(body, "AllowEncodedSlashes");
    return inserted(body, snippet === "" ? [file, quoted].filter((each) => each !== undefined).join("\n") : snippet);
  });
}

/** At the top, below the name: whatever goes by order comes before what was there. */
function inserted(body: string, lines: string): string {
  let rest = body;
  for (const name of SINGLE) if (new RegExp(`^\\s*${name}\\b`, "m").test(lines)) rest = without(rest, name);
  return rest.replace(/^(\s*ServerName .*\n)/m, (name) => `${name}${lines}\n`);
}

function without(body: string, directive: string): string {
  return body.replaceAll(new RegExp(`^[ \\t]*${directive.replaceAll(" ", "\\s+")}\\b.*$\\n?`, "gm"), "");
}

function virtualHost(config: string, name: string | null, port: string | null): Region | null {
  for (const match of config.matchAll(/<VirtualHost \*:(\d+)>/g)) {
    const start = match.index + match[0].length;
    const end = config.indexOf("</VirtualHost>", start);
    const named = name === null || new RegExp(`^\\s*ServerName ${name.replaceAll(".", "\\.")}$`, "m").test(config.slice(start, end));
    if (named && (port === null || match[1] === port)) return { start, end };
  }
  return null;
}
