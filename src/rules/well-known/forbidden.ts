/** well-known/forbidden: the path is refused: 401, 403, 429, or a page that wants a browser to prove itself. */
import { exemptFromLogin, loginName } from "../../advice/login.ts";
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { loginOf } from "../../views/login.ts";
import { answering, exemptWhereRead } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";
import { isChallenge } from "../../views/challenge.ts";

export const forbidden: Rule = {
  code: "well-known/forbidden",
  severity: ["error", "warning"],
  mechanisms: ["well-known:status", "well-known:not-json", "well-known:user-agent"],
  title: "Access to the well-known file is refused",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
The file may be there, but the web server or something in front of it refuses the request: 401, 403, 429, or a challenge for browsers
("Just a moment…"). Homeservers can't solve a challenge or log in: they send no cookies, run no scripts and have no password.

**How it shows.** An admin often sees the file in a browser: the browser is logged in, has passed the challenge, or has an address that is
allowed.

**Who is affected.** All homeservers. With bot protection sometimes only some of them.

**Usual causes**
- A rule that denies dotfiles: nginx \`location ~ /\\. { deny all; }\`, Apache \`<LocationMatch "/\\.">\`. In nginx, an exact location for
  the file has priority over that rule.
- Bot protection or a web application firewall: Cloudflare "Bot Fight Mode" and managed challenges, ModSecurity, Anubis, CrowdSec. Exempt
  the path.
- Basic authentication or single sign-on for the whole site (401).
- A rate limit (429) that counts all homeservers as one client, because their requests come through one proxy.
- File permissions: the web server's user may not read \`.well-known\`.

**Fix.** Exempt the path \`/.well-known/matrix/server\` from the rule that refuses it, for every address and every User-Agent. Test it
with \`curl -i\` from another network.

**Look-alikes.** \`well-known/redirect-lost\`: a redirect to a login page. \`federation/forbidden\`: a 403 for \`/_matrix\`.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 403\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "forbidden"), (seen) => `${seen.response?.status} ${seen.url}`)) {
      const [first] = group;
      const login = loginOf(first.response);
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${first.response?.status}: ${what(first)}. ${goesOn(facts)}`,
        fix: [
          ...(login === null ? [] : [exemptFromLogin(login, answering(facts, first).host, WELL_KNOWN_PATH)]),
          exemptWhereRead(
            facts,
            first,
            foundPlace(facts),
            (host) => `Let everybody on ${host} read the file without a login, a challenge or a filter`,
          ),
        ],
        where: whereSeen(facts, group),
      };
    }
  },
};

function what({ response }: Seen): string {
  if (response === null) return "the file is refused";
  const login = loginOf(response);
  if (login !== null) return `the login of ${loginName(login)}, and homeservers can't log in`;
  if (isChallenge(response)) return "a challenge for browsers, which no homeserver can solve";
  switch (response.status) {
    case 401:
      return "it demands a login, and homeservers can't log in";
    case 429:
      return "the web server or a filter in front of it counts too many requests";
    default:
      return "the web server or a filter in front of it refuses the file; the usual cause is a rule that denies dotfiles";
  }
}
