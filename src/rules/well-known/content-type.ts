/** well-known/content-type: a valid file that isn't sent as application/json. */
import { thenReload } from "../../advice/reload.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen, type Seen } from "../../views/well-known-read.ts";

const DEMANDING = whose(({ wellKnown }) => wellKnown.contentType.is === "application/json");

export const contentType: Rule = {
  code: "well-known/content-type",
  severity: "info",
  mechanisms: ["well-known:content-type"],
  title: "The well-known file is not sent as application/json",
  spec: SPEC.wellKnown,
  explain: `
The file is valid, but its \`Content-Type\` is another one than \`application/json\`. The specification says that it SHOULD be that, and that homeservers SHOULD parse the
body as JSON whatever the header says. They do.

**How it comes about.** The file has no extension, so web servers fall back to \`application/octet-stream\` or \`text/plain\`. Static hosts such as GitHub Pages can't be told otherwise.

**Who is affected.** Rocket.Chat, which wants \`application/json\`. No other homeserver that is known.

**Look-alikes.** Key responses are another matter: Synapse rejects those without \`application/json\` (\`keys/content-type\`). For the client file, browsers need a CORS header, too.

**What to do, if you like**
- nginx: \`default_type application/json;\` in the location of the file
- Apache: \`ForceType application/json\` in its \`<Directory>\` or \`<Files>\`
- Caddy: \`header /.well-known/matrix/server Content-Type application/json\`
- Netlify, Cloudflare Pages: a file \`_headers\`
`,
  *judge(facts: Facts): Iterable<Found> {
    const other = seenBy(facts)
      .filter(isValid)
      .filter((seen) => mediaType(seen) !== "application/json");
    for (const group of groupBy(other, (seen) => `${mediaType(seen)} ${seen.url}`)) {
      const [first] = group;
      const type = mediaType(first);
      yield {
        severity: "info",
        detail: `${first.url} is sent ${type === "" ? "without a Content-Type" : `as ${quote(type)}`}. The specification only recommends application/json here; ${list(DEMANDING)} ${DEMANDING.length === 1 ? "demands" : "demand"} it.`,
        fix: [directive(proxyAt(facts, first.place), first.url)],
        where: whereSeen(facts, group),
      };
    }
  },
};

/** Without parameters, in lower case; empty when there is no Content-Type. */
function mediaType({ response }: Seen): string {
  return (response?.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function directive(proxy: string | null, url: string): string {
  switch (proxy) {
    case "nginx":
      return thenReload("In nginx, in the location that serves the file, add:\ndefault_type application/json;", "nginx");
    case "apache":
    case "litespeed":
      return thenReload(
        'In Apache, in the virtual host:\n<Location "/.well-known/matrix/server">\n    ForceType application/json\n</Location>',
        "apache",
      );
    case "caddy":
      return thenReload("In the Caddyfile, in the site block:\nheader /.well-known/matrix/server Content-Type application/json", "caddy");
    default:
      return `Send this header field with ${url}:\nContent-Type: application/json`;
  }
}
