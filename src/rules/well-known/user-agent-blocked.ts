/** well-known/user-agent-blocked: some clients get the file, homeservers or some of them don't. */
import { exemptPath } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { listWithSenders, withSenders } from "../../homeservers/user-agents.ts";
import { REPRESENTATIVES, USER_AGENTS } from "../../matrix/user-agents.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
import { turnedAway } from "../../views/user-agents.ts";
import { faults, seenBy, shown, whereSeen, type Seen } from "../../views/well-known-read.ts";
import { groupBy } from "../../views/words.ts";

const ASKED = [USER_AGENTS.synapse, ...REPRESENTATIVES];

export const userAgentBlocked: Rule = {
  code: "well-known/user-agent-blocked",
  severity: ["error", "warning"],
  mechanisms: ["well-known:user-agent", "well-known:status"],
  title: "The web server refuses the well-known file to homeservers' User-Agents",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The same address sends the file to one User-Agent, and refuses the same URL (401, 403, 406, 503, a challenge, a closed connection) to
another one.

**How it shows.** "It works in my browser", but some or all homeservers can't reach the server.

**Who is affected.** Homeservers that send a refused User-Agent. This tool asks for the file as

${ASKED.map((userAgent) => `- ${withSenders(userAgent, "wellKnown")}`).join("\n")}

and, when all of them are refused, once as a browser. It is an error when Synapse's User-Agent is refused, a warning when only others are.

**Usual causes.** A bot protection ("Bot Fight Mode", a list of bad user agents, Anubis, fail2ban) that allows only browsers; a list of
refused User-Agents that contains programming libraries; a rule that allows only one homeserver; a firewall that refuses requests without
a User-Agent.

**Look-alikes.** \`well-known/forbidden\`: browsers are refused too. \`federation/user-agent-blocked\`: the same at the homeserver itself.

**Fix.** Exempt the path \`/.well-known/matrix/\` from the protection. The files there are public.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 403\`. Dendrite: \`No .well-known found\`. ModSecurity:
\`Access denied with code 403\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const unreadable = faults(facts, "user-agent-blocked").map(({ place }) => place);
    const seen = seenBy(facts).flatMap((each) => {
      const refused = turnedAway(each.attempt);
      const isSynapse = refused.includes(USER_AGENTS.synapse);
      // Without anybody who is let in, it is a browser that was.
      return unreadable.includes(each.place) || refused.length > 0
        ? [{ ...each, refused, isError: isSynapse || refused.length === 0 }]
        : [];
    });
    for (const group of groupBy(seen, ({ refused }) => JSON.stringify(refused))) {
      const [first] = group;
      yield {
        severity: first.isError ? "error" : "warning",
        detail: detailOf(facts, first, first.refused),
        fix: [exemptPath(`The bot protection on ${facts.serverName} must not refuse homeservers`, proxyAt(facts, first.place))],
        where: whereSeen(facts, group),
      };
    }
  },
};

function detailOf(facts: Facts, { url, response, attempt }: Seen, refused: readonly string[]): string {
  const given = response === null ? "nothing" : `status ${response.status}`;
  if (refused.length === 0)
    return `${url} answers with ${given} for a homeserver's User-Agent, and gives the file for a browser's. ${goesOn(facts)}`;
  const hop = attempt.hops.find(({ others }) => others !== undefined);
  const [other] = (hop?.others ?? []).filter(({ userAgent }) => refused.includes(userAgent));
  const isSynapse = refused.includes(USER_AGENTS.synapse);
  const outcome = isSynapse ? hop?.response : other?.response;
  const answered = outcome?.status === "done" ? `status ${outcome.value.status}` : "no answer";
  const letIn = isSynapse
    ? (hop?.others ?? []).map(({ userAgent }) => userAgent).filter((userAgent) => !refused.includes(userAgent))
    : [USER_AGENTS.synapse, ...(hop?.alike ?? [])];
  const after = isSynapse ? goesOn(facts) : "Homeservers that are refused act as if there were no file.";
  return `${shown(hop?.url ?? url)} gives ${answered} for ${listWithSenders(refused, "wellKnown")}, and the file for ${listWithSenders(letIn, "wellKnown")}. ${after}`;
}
