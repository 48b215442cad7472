/** federation/user-agent-blocked: one homeserver's User-Agent is turned away, another's is answered. */
import { siteOf } from "../../advice/federation.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { listWithSenders, withSenders } from "../../homeservers/user-agents.ts";
import { BROWSER, REPRESENTATIVES, USER_AGENTS } from "../../matrix/user-agents.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const ASKED = [USER_AGENTS.synapse, ...REPRESENTATIVES];

export const federationUserAgentBlocked: Rule = {
  code: "federation/user-agent-blocked",
  severity: ["error", "warning"],
  mechanisms: ["federation:user-agent"],
  title: "The User-Agent of some homeservers is refused",
  spec: SPEC.api,
  breaks: "endpoint",
  causes: ["bad-answer"],
  explain: `
The same address refuses a request to the federation API with the User-Agent of one homeserver, and answers it with the User-Agent of
another one. This tool sends its requests with the User-Agents of different homeservers:

${ASKED.map((userAgent) => `- ${withSenders(userAgent, "http")}`).join("\n")}

When only some of them are answered, this tool sends the same request with the User-Agents of all known homeservers. When none of them
is answered, it sends the same request as a browser.

**How it shows.** Status 401, 403, 406, a challenge page or a closed connection for some of them; or, for the version, a 404
for what calls itself a bot, where others get the homeserver.

**Who is affected.** The homeservers that send a refused User-Agent; all of them, when only browsers are answered. An error when
Synapse's is refused, a warning when only others are.

**Look-alikes.** \`federation/forbidden\`: every User-Agent is refused, also a browser's. \`well-known/user-agent-blocked\`: the same
at the well-known file.

**Usual causes.** Lists of "bad bots" that contain Go-http-client; Cloudflare's Bot Fight Mode; its Browser Integrity Check, which refuses
clients without a User-Agent; ModSecurity's rules 913100 and 920320; a rule that allows only Synapse.

**Fix.** Exempt \`/_matrix/\` from the bot protection, the list of User-Agents and the firewall rules.

**Log lines.** Synapse: \`Got response with code: 403\`. Dendrite: \`Failed to fetch key for server\`. ModSecurity: \`Access denied with
code 403\`.

Specification: Server-Server API, "API standards".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const refused = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.refusedTo === undefined || endpoint.refusedTo.length === 0 ? [] : [{ endpoint, refusedTo: endpoint.refusedTo }],
    );
    for (const group of groupBy(refused, ({ refusedTo }) => JSON.stringify(refusedTo.map(({ userAgent }) => userAgent).toSorted()))) {
      const [first] = group;
      const { endpoint, refusedTo } = first;
      const userAgents = refusedTo.map(({ userAgent }) => userAgent);
      const isSynapse = userAgents.includes(USER_AGENTS.synapse);
      const said = new Set(
        refusedTo.map(({ path, response }) =>
          response.status === "done" ? `status ${response.value.status} for GET ${path}` : `no answer for GET ${path}`,
        ),
      );
      const others = endpoint.answeredTo ?? [isSynapse ? USER_AGENTS.go : USER_AGENTS.synapse];
      yield {
        severity: isSynapse ? "error" : "warning",
        detail: `${
          others.every((userAgent) => userAgent === BROWSER)
            ? `Every homeserver's User-Agent gets ${list([...said])}. A browser's is answered.`
            : `${listWithSenders(userAgents, "http")} get${userAgents.length === 1 ? "s" : ""} ${list([...said])}. ${listWithSenders(others, "http")} ${others.length === 1 ? "is" : "are"} answered.`
        } Something in front of the homeserver blocks clients by their User-Agent.`,
        fix: [
          `Exempt every path under /_matrix/ of ${siteOf(route, endpoint).host} from the bot protection, the list of User-Agents and the firewall in front of the homeserver; homeservers are programs, and prove who they are by signatures.`,
        ],
        where: group.map((each) => each.endpoint.place),
      };
    }
  },
};
