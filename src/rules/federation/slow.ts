/** federation/slow: the version takes longer than 5 s. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { duration } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { SLOW_MS, versionKind } from "../../views/version-answer.ts";

export const federationSlow: Rule = {
  code: "federation/slow",
  severity: "warning",
  concerns: "everybody",
  title: "The version request is answered slowly",
  spec: SPEC.version,
  explain: `
The homeserver needs more than 5 s for \`GET /_matrix/federation/v1/version\`, an answer that needs no work. Requests that need work take
longer, and other homeservers give up.

**How it shows.** The answer is right, but late.

**Who is affected.** Nobody right away. Synapse gives up after 60 s, and after 10 s when it fetches signing keys.

**Look-alikes.** \`keys/slow\`: only the keys take long. \`federation/timeout\`: no answer within this tool's timeout. A slow network also
shows in the times of \`connect\` and \`tls\`.

**Usual causes.** Synapse at 100 % of one core (a join of a large room); a database with too little memory; a machine that swaps.

**Fix.** Run \`time curl http://127.0.0.1:8008/_matrix/federation/v1/version\` on the server, and look at its load. Synapse: use workers
for federation.

**Log lines.** Synapse's own log shows long \`Processed request\` times.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  *judge(facts: Facts): Iterable<Found> {
    const slow = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.version.status === "done" && endpoint.version.ms > SLOW_MS && versionKind(facts, endpoint) === "good"
        ? [{ endpoint, ms: endpoint.version.ms }]
        : [],
    );
    if (slow.length === 0) return;
    yield {
      severity: "warning",
      detail: `GET /_matrix/federation/v1/version is answered after ${duration(Math.max(...slow.map(({ ms }) => ms)))}. This answer needs no work. Requests that need work may time out.`,
      fix: [
        "On the server, compare with the homeserver itself (replace 8008 with its port). If it is slow there too, look at its load and its database. If not, look at the proxy:\ntime curl http://127.0.0.1:8008/_matrix/federation/v1/version",
      ],
      where: slow.map(({ endpoint }) => endpoint.place),
    };
  },
};
