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
The file is valid, but its \`Content-Type\` isn't \`application/json\`. The specification says that it SHOULD be, and that homeservers
SHOULD parse the body as JSON whatever the header says. Most homeservers do.

**Usual causes.** The file name has no extension, so web servers send \`application/octet-stream\` or \`text/plain\`. On static hosts such
as GitHub Pages this can't be changed.

**Who is affected.** Rocket.Chat, which demands \`application/json\`. No other known homeserver.

**Look-alikes.** \`keys/content-type\`: the same at the signing keys, which Synapse refuses without \`application/json\`. The client file
also needs a CORS header: \`client/cors-missing\`.

**What to do**
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
