/** tls/name-is-srv-target: the certificate is for the SRV target's host, which no homeserver checks. */
import { wellKnownFile } from "../../advice/well-known.ts";
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import { formatHostPort, parseServerName } from "../../matrix/server-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withNameFault } from "../../views/presented.ts";

export const nameIsSrvTarget: Rule = {
  code: "tls/name-is-srv-target",
  severity: "error",
  mechanisms: ["certificate:name"],
  title: "The certificate covers the SRV target instead of the server name",
  spec: SPEC.resolving,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
An SRV record says where to connect. It doesn't change which name the certificate must cover: homeservers check it against the name under
which the SRV record stands (the server name, or the delegated name of \`m.server\`), never against the SRV target. The reason: DNS
answers can be forged, so a certificate for a name that comes from DNS would prove nothing.

**How it shows.** The certificate is valid for the SRV target, and homeservers refuse it. A browser that opens the target's URL shows no
fault.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/name-is-server-name\` the opposite, with a well-known file: there the certificate must cover the host of
\`m.server\`. \`tls/name-mismatch\`: the certificate covers neither name.

**Fix.** Either get a certificate that has the server name as a further subjectAltName, and present it when a client asks for that name.
Or delegate with \`https://<server name>/.well-known/matrix/server\` instead of SRV: then the certificate must cover the host in that
file, and the present certificate is right.

**Log lines.** Synapse: \`certificate verify failed\`, \`DNSMismatch\`. Dendrite: \`x509: certificate is valid for …, not …\`.

Specification: Server-Server API, "Resolving server names", steps 3.3, 3.4, 4 and 5.
`,
  causes: ["wrong-virtual-host"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      withNameFault(facts, "name-is-srv-target"),
      ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.host} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      const { host, port } = first.endpoint.target;
      const { tlsName, delegatedName, tlsNameIsIp } = first.route;
      const where = group.map(({ endpoint }) => endpoint.place);
      const target = formatHostPort(host, port);
      yield {
        severity: "error",
        detail: `The certificate covers ${host}, the SRV target, but not ${tlsName}. Homeservers check the certificate for ${tlsName}: an SRV record changes where they connect, not the name that the certificate must cover.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, port),
          // A host with an underscore, for instance, may be an SRV target, but not stand in m.server.
          ...(parseServerName(target).ok
            ? [
                `${delegatedName === null ? "Delegate by a well-known file instead of SRV" : "Write the SRV target in the well-known file itself"}: the present certificate is then right. Serve this at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(target)}`,
              ]
            : []),
        ],
        where,
      };
    }
  },
};
