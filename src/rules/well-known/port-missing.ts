/** well-known/port-missing: m.server has no port, and the homeserver is on 443. */
import { certificateFirst, correctFile } from "../../advice/well-known.ts";
import { foundHomeserver } from "../../views/found-homeserver.ts";
import { routeWorks } from "../../views/route.ts";
import type { Facts } from "../../facts/facts.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { NO_HOMESERVER } from "../../homeservers/failure.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen } from "../../views/well-known-read.ts";

export const portMissing: Rule = {
  code: "well-known/port-missing",
  severity: "error",
  mechanisms: [
    "connect:refused",
    "connect:timeout",
    "connect:unreachable",
    "connect:failed",
    "tls:timeout",
    "tls:handshake",
    "tls:plain-http",
    "certificate:name",
    ...NO_HOMESERVER,
  ],
  title: "m.server has no port, but the homeserver is on port 443",
  spec: SPEC.resolving,
  breaks: "route",
  explain: `
Without a port, \`m.server\` doesn't mean 443. Homeservers look for an SRV record of that host, and without one they connect to port 8448.
Here neither works, but a homeserver answers on port 443.

**How it shows.** A refused connection or a timeout on port 8448, although the well-known file names the right host.

**Who is affected.** All homeservers.

**Look-alikes.** \`connect/refused\` alone: port 443 doesn't answer either.

**Fix.** Write the port: \`{"m.server": "matrix.example.com:443"}\`. Other servers may keep the old file for up to 48 hours
(\`well-known/cache\`).

**Log lines.** Synapse: \`Connection was refused by other side\`. Dendrite: \`connect: connection refused\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = decidingSeen(facts);
    const found = foundHomeserver(facts);
    if (seen === null || found === null || found.targetPort !== 443 || routeWorks(facts) !== false) return;
    const { name, value } = seen.result;
    if (name.kind !== "dns" || name.port !== null || name.dnsHost !== found.host.toLowerCase()) return;
    const right = formatHostPort(name.dnsHost, 443);
    yield {
      severity: "error",
      detail: `m.server has no port, and port 8448 of ${name.dnsHost} doesn't work. m.server is "${value}". Without a port, homeservers look for an SRV record, and then use port 8448. ${found.server.name} ${found.server.version} answers on port 443${found.certificateGood ? "" : ", but with a certificate that homeservers refuse"}.`,
      fix: [`${certificateFirst(found)}${correctFile(seen.url, right)}`],
      where: [seen.attempt.hops[0]?.url ?? seen.url],
    };
  },
};
