/** well-known/user-agent-blocked: a browser gets the file, a homeserver doesn't. */
import { exemptPath } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const userAgentBlocked: Rule = {
  code: "well-known/user-agent-blocked",
  severity: "error",
  mechanisms: ["well-known:user-agent", "well-known:status"],
  title: "The well-known file is refused to homeservers and given to browsers",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The same address answers the same URL with the file when the User-Agent is a browser's, and refuses it (403, 429, 503 or a challenge) when it is a homeserver's.

**How it shows.** "It works in my browser", and nobody can reach the homeserver.

**Who is affected.** Everybody: homeservers send \`Synapse/1.…\`, \`Go-http-client/…\` and the like, and none of them can solve a challenge.

**How it happens.** A bot protection ("Bot Fight Mode", a list of bad user agents, Anubis, fail2ban) that allows only what looks like a browser.

**Look-alikes.** \`well-known/forbidden\`: browsers are refused too.

**How to fix it.** Exempt the path \`/.well-known/matrix/\` from the protection. It holds nothing that needs one.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 403\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "user-agent-blocked");
    const [first] = seen;
    if (first === undefined) return;
    yield {
      severity: "error",
      detail: `${first.url} answers ${first.response?.status} to a homeserver's User-Agent, and gives the file to a browser's. ${goesOn(facts)}`,
      fix: [exemptPath(`Homeservers must get past the protection against bots on ${facts.serverName}`, proxyAt(facts, first.place))],
      where: whereSeen(facts, seen),
    };
  },
};
