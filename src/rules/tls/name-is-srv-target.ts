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
An SRV record says where to connect. It doesn't change which name the certificate must cover: homeservers check it against
the name under which the SRV record stands (the server name, or the delegated name of \`m.server\`), never against the SRV target.
DNS answers can be forged; a certificate for whatever name DNS happens to give would prove nothing.

**Shows as** a certificate that is valid for the SRV target, while other homeservers refuse it. A browser that opens the target's
address sees nothing wrong.

**Affected:** all homeservers.

**Look-alikes.** \`tls/name-is-server-name\` is the opposite with a well-known: there it is the host of \`m.server\` that counts.
\`tls/name-mismatch\`: the certificate covers neither.

**Fix.** Either the certificate gets the server name as another subjectAltName, and the web server presents it when asked for that name.
Or the delegation moves from SRV to \`https://<server name>/.well-known/matrix/server\`: what that names is what the certificate must cover,
and the certificate that is there is right.

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
        detail: `The certificate covers ${host}, the SRV target, but not ${tlsName}. Homeservers check it for ${tlsName}: an SRV record changes where they connect, not the name that the certificate must have.`,
        fix: [
          nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, port),
          // A host with an underscore, for instance, may be an SRV target, but not stand in m.server.
          ...(parseServerName(target).ok
            ? [
                `${delegatedName === null ? "Delegate by well-known instead of SRV" : "Name the SRV target in the well-known itself"}: the present certificate is then the right one. Serve this body at https://${facts.serverName}/.well-known/matrix/server:\n${wellKnownFile(target)}`,
              ]
            : []),
        ],
        where,
      };
    }
  },
};
