/** tls/name-is-server-name: the certificate is for the server name, but m.server names the host that counts. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import { nameInstead } from "../../advice/delegate.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withNameFault } from "../../views/presented.ts";

export const nameIsServerName: Rule = {
  code: "tls/name-is-server-name",
  severity: "error",
  mechanisms: ["certificate:name"],
  title: "The certificate covers the server name instead of the delegated host",
  spec: SPEC.resolving,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
With a well-known file, the host in \`m.server\` is the name that homeservers send as SNI and as Host, and the certificate must cover this
host. The server name itself needs a certificate only on port 443, for the well-known file.

**How it shows.** The delegated host presents a certificate for the server name. Often both names lead to the same machine, and the web
server has no virtual host for the delegated host, so it uses its first virtual host.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/name-is-srv-target\` the opposite, with SRV records: there the certificate must cover the server name.
\`tls/default-certificate\`: the product's default certificate. \`tls/name-mismatch\`: the certificate covers neither name.

**Fix.** Get a certificate that covers the delegated host, and add a virtual host for that name which presents it. Or, if the server
name's own virtual host forwards \`/_matrix\` to the homeserver on the same port, write the server name in \`m.server\`.

**Log lines.** Synapse: \`certificate verify failed\`, \`DNSMismatch\`. Dendrite: \`x509: certificate is valid for …, not …\`.

Specification: Server-Server API, "Resolving server names", steps 3.1 to 3.5.
`,
  causes: ["wrong-virtual-host"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      withNameFault(facts, "name-is-server-name"),
      ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      const { tlsName, delegatedName, tlsNameIsIp } = first.route;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `The certificate covers ${facts.serverName}, not ${tlsName}. m.server is ${quote(delegatedName ?? tlsName)}, so homeservers check the certificate for ${tlsName}.`,
        fix: [
          ...nameInstead(facts, first.endpoint, first.leaf),
          nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, first.endpoint.target.port),
        ],
        where,
      };
    }
  },
};
