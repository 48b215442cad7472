/** well-known/forbidden: the path is refused: 401, 403, 429, or a page that wants a browser to prove itself. */
import { exemptFromLogin, loginName } from "../../advice/login.ts";
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { loginOf } from "../../views/login.ts";
import { exemptAndPublish } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
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
The file may be there, but the web server or something in front of it refuses to hand it out: 401, 403, 429, or a page that a browser must solve first ("Just a moment…").
Homeservers send no cookies, run no scripts and know no password.

**How it shows.** In an admin's browser the file is often there, because the browser is logged in, has passed the challenge, or is on an address that is allowed.

**Who is affected.** Everybody; with bot protection at times only some, which makes it look like a fault of the others.

**Causes, by frequency**
- A rule that denies dotfiles: nginx \`location ~ /\\. { deny all; }\`, Apache \`<LocationMatch "/\\.">\`. An exact location for the file wins over it in nginx.
- Bot protection or a web application firewall: Cloudflare "Bot Fight Mode" and managed challenges, ModSecurity, Anubis, CrowdSec. Exempt the path.
- Basic authentication or single sign-on for the whole site (401).
- A rate limit (429) that all homeservers share because they come through one proxy.
- File permissions: the web server's user may not read \`.well-known\`.

**How to fix it.** Exempt exactly the path \`/.well-known/matrix/server\` from whatever refuses it, for every address and every User-Agent; \`curl -i\` from another network shows whether that worked.

**Look-alikes.** A redirect to a login page is \`well-known/redirect-lost\`. A 403 of the homeserver on \`/_matrix\` is \`federation/forbidden\`.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 403\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "forbidden"), (seen) => `${seen.response?.status} ${seen.url}`)) {
      const [first] = group;
      const proxy = proxyAt(facts, first.place);
      const login = loginOf(first.response);
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} answers ${first.response?.status}: ${what(first)}. ${goesOn(facts)}`,
        fix: [
          ...(login === null ? [] : [exemptFromLogin(login, facts.serverName, WELL_KNOWN_PATH)]),
          exemptAndPublish(
            `Let everybody read the file without a login, a challenge or a filter on ${facts.serverName}`,
            facts.serverName,
            foundTarget(facts),
            proxy,
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
  if (isChallenge(response)) return "a page that a browser must solve first, which no homeserver can";
  switch (response.status) {
    case 401:
      return "a login is demanded, and homeservers have none";
    case 429:
      return "too many requests, by the count of the web server or of the filter before it";
    default:
      return "the web server or a filter before it refuses the file; a rule that denies dotfiles is the usual cause";
  }
}
