/** tls/name-is-server-name: the certificate is for the server name, but m.server names the host that counts. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
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
With a well-known file, the host in \`m.server\` is the name that homeservers ask for (SNI), send as Host, and check the certificate against.
The server name itself only needs a certificate on port 443, for the file.

**Shows as** a certificate that is valid for the server name at the place where the delegated host's should be. Often both names lead to the same
machine, and the web server has no virtual host for the delegated one, so that it falls back to the first.

**Affected:** all homeservers.

**Look-alikes.** \`tls/name-is-srv-target\` is the same misunderstanding with SRV records, where the server name does count.
\`tls/default-certificate\`: a certificate that the product made up. \`tls/name-mismatch\`: neither name.

**Fix.** Add the delegated host to the certificate, and a virtual host for it that presents it. Or, if the server name's own virtual host forwards
\`/_matrix\` to the homeserver on the same port, name that in \`m.server\`.

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
        fix: [nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, first.leaf, first.endpoint.target.port)],
        where,
      };
    }
  },
};
