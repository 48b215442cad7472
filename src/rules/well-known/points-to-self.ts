/** well-known/points-to-self: m.server is the server name with port 443, and what answers there is no homeserver. */
import { publishWhereRead } from "../../advice/where-read.ts";
import type { Facts, HttpFacts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { foundHomeserver } from "../../views/found-homeserver.ts";
import { homeserverReached, routeWorks } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import { otherHost } from "../../views/other-host.ts";
import { NO_HOMESERVER } from "../../homeservers/failure.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen } from "../../views/well-known-read.ts";

export const pointsToSelf: Rule = {
  code: "well-known/points-to-self",
  severity: "error",
  mechanisms: [...NO_HOMESERVER, "keys:status"],
  title: "m.server names the web server itself, where no homeserver answers",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The file at \`https://<server name>/.well-known/matrix/server\` says \`<server name>:443\`, so homeservers send requests for \`/_matrix\`
to that same web server. But it doesn't forward them to a homeserver.

**Usual causes.** With \`serve_server_wellknown: true\` Synapse's own file always says \`<server name>:443\`. If the web server of the
base domain forwards only \`/.well-known\` to Synapse, and \`/_matrix\` is served on \`matrix.<server name>\`, the file is wrong.

**How it shows.** \`/_matrix\` on the base domain gives a 404 or a page of the website.

**Who is affected.** All homeservers.

**Look-alikes.** \`federation/upstream-down\`: the proxy answers 502 or 503, so it forwards, and the homeserver is down.
\`federation/forbidden\`: a filter answers 403. \`federation/listener-missing\`: the 404 is the homeserver's own JSON.

**Fix.** Decide where federation is to be served:
- On another host, where the homeserver already answers: publish a static file that names it, instead of forwarding the path to Synapse.
- On the base domain: forward all of \`/_matrix\` there to the homeserver as well. Then the file is right as it is.

**Log lines.** On other servers, Synapse: \`Got response status code 404\` and \`Not retrying server\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = decidingSeen(facts);
    if (seen === null || facts.route?.specStep !== "3.2") return;
    const { name } = seen.result;
    if (name.port !== 443 || name.dnsHost !== facts.serverName.toLowerCase()) return;
    if (homeserverReached(facts) || routeWorks(facts) !== false) return;
    // One is there, and only the Host isn't matched.
    if (endpointsOf(facts).some((endpoint) => otherHost(facts, endpoint) !== null)) return;
    const answers = endpointsOf(facts).flatMap((endpoint) => {
      const response = done(endpoint.version)?.response ?? done(endpoint.keys)?.response;
      return response === undefined ? [] : [{ endpoint, response }];
    });
    if (answers.length === 0 || !answers.every(({ response }) => isWebsite(response))) return;
    const statuses = [...new Set(answers.map(({ response }) => response.status))];
    const found = foundHomeserver(facts);
    yield {
      severity: "error",
      detail: `A website answers /_matrix there (status ${list(statuses.map(String))}), not a homeserver. m.server is ${seen.result.value}, the server name itself.`,
      fix: [
        `${found === null ? "If the homeserver is served on another host, name that host in the file. " : ""}${publishWhereRead(facts, seen, found)}`,
        `${found === null ? "If the homeserver" : "Or, if it"} must be served on ${facts.serverName}, forward https://${facts.serverName}/_matrix to the homeserver. Then the file is right.`,
      ],
      where: [seen.attempt.hops[0]?.url ?? seen.url],
    };
  },
};

/** An answer that no proxy gives for a homeserver that is down, filtered or overloaded. */
function isWebsite({ status }: HttpFacts): boolean {
  return status < 500 && status !== 401 && status !== 403 && status !== 429;
}
