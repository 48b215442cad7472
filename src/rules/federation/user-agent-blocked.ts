/** federation/user-agent-blocked: one homeserver's User-Agent is turned away, another's is answered. */
import { siteOf } from "../../advice/federation.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const federationUserAgentBlocked: Rule = {
  code: "federation/user-agent-blocked",
  severity: ["error", "warning"],
  mechanisms: ["federation:user-agent"],
  title: "The User-Agent of some homeservers is turned away",
  spec: SPEC.api,
  breaks: "endpoint",
  causes: ["bad-answer"],
  explain: `
The same address refuses a request to the federation API with the User-Agent of one homeserver, and answers it with another's. The version is asked for as Synapse does (\`Synapse/1.152.0\`), the keys as Go's default client
(\`Go-http-client/1.1\`); when only one of both is answered, the same request goes out with the other User-Agent.

**Shows as** 401, 403, 406, a challenge page or a closed connection for one of them.

**Affected:** the homeservers that send the refused User-Agent: Synapse, or implementations in Go.

**Look-alikes.** \`federation/forbidden\`: everybody is refused. \`well-known/user-agent-blocked\`: the same at the well-known file.

**Usual causes.** Lists of "bad bots", which have Go-http-client in them; Cloudflare's Bot Fight Mode; ModSecurity's rule 913100; a rule that lets only Synapse pass.

**Fix.** Exempt \`/_matrix/\` from everything that judges clients.

**Log lines.** Synapse: \`Got response with code: 403\`. Dendrite: \`Failed to fetch key for server\`. ModSecurity: \`Access denied with code 403\`.

Specification: Server-Server API, "API standards".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const refused = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.refusedTo === undefined || endpoint.refusedTo.length === 0 ? [] : [{ endpoint, refusedTo: endpoint.refusedTo }],
    );
    for (const group of groupBy(refused, ({ refusedTo }) => JSON.stringify(refusedTo.map(({ userAgent, path }) => [userAgent, path])))) {
      const [first] = group;
      if (first === undefined) continue;
      const names = first.refusedTo.map(({ userAgent }) => quote(userAgent));
      const isSynapse = first.refusedTo.some(({ userAgent }) => userAgent.startsWith("Synapse/"));
      const said = first.refusedTo.map(({ path, response }) =>
        response.status === "done" ? `status ${response.value.status} for GET ${path}` : `no answer for GET ${path}`,
      );
      yield {
        severity: isSynapse ? "error" : "warning",
        detail: `The User-Agent ${list(names)} gets ${list(said)}. ${isSynapse ? "Go's default client" : "Synapse"} is answered. Something in front of the homeserver blocks clients by their names.`,
        fix: [
          `Exempt every path under /_matrix/ of ${siteOf(route, first.endpoint).host} from the bot protection, the list of User-Agents and the firewall in front of the homeserver; homeservers are programs, and prove who they are by signatures.`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
