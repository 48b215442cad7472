/** connect/cloudflare-port: a port that Cloudflare does not forward. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isCloudflareBlocked } from "../../views/cloudflare.ts";
import { deadEndpoints } from "../../views/connect-failures.ts";

export const cloudflarePort: Rule = {
  code: "connect/cloudflare-port",
  severity: "error",
  title: "Cloudflare doesn't forward this port",
  spec: SPEC.resolving,
  explain: `
The name is proxied by Cloudflare (the orange cloud), and Cloudflare's addresses accept only a few ports: for HTTPS 443, 2053, 2083, 2087, 2096 and 8443. Port 8448 isn't among them: connections get no answer.

**Who is affected.** Everybody; homeservers try again later, at ever longer intervals.

**Look-alikes.** \`connect/timeout\` at an address of one's own is a firewall.

**Fix.** Delegate to port 443 by well-known, and let Cloudflare forward \`/_matrix\` to the homeserver; or set the record to "DNS only" (grey cloud), so that homeservers connect directly.

This fix could not be proven against Cloudflare itself.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      deadEndpoints(facts).filter((endpoint) => isCloudflareBlocked(facts, endpoint)),
      ({ target }) => `${target.host}:${target.port}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const places = group.map((endpoint) => endpoint.place);
      const name = `${first.target.host}:${first.target.port}`;
      yield {
        severity: "error",
        detail: `${list(places)} (${name}) belong${places.length > 1 ? "" : "s"} to Cloudflare, which forwards only the ports 443, 2053, 2083, 2087, 2096 and 8443. Port ${first.port} gets no answer.`,
        fix: [
          `Serve {"m.server": "${first.target.host}:443"} at https://${facts.serverName}/.well-known/matrix/server, and forward /_matrix on ${first.target.host}:443 to the homeserver.`,
          `In Cloudflare's DNS settings set ${first.target.host} to "DNS only".`,
        ],
        where: places,
        affects: "all",
      };
    }
  },
};
