/** tls/name-mismatch: the certificate is for other names. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { namesOf, withNameFault } from "../../views/presented.ts";

export const nameMismatch: Rule = {
  code: "tls/name-mismatch",
  severity: "error",
  mechanisms: ["certificate:name"],
  title: "The certificate is for another name",
  spec: SPEC.tls,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
The certificate must cover the name that the route gives: the host of \`m.server\` with a well-known, else the server name itself, even
when an SRV record leads to another host. An IP address needs an entry of the type iPAddress.

**Shows as** a certificate for other names. Mostly the web server has no virtual host for the asked name on that port, and presents the
certificate of its first one; or DNS leads to a machine that was never meant.

**Affected:** all homeservers.

**Look-alikes.** \`tls/name-is-srv-target\`, \`tls/name-is-server-name\`, \`tls/no-san\` and \`tls/default-certificate\` are the cases in which more
can be said. A wildcard covers one label: \`*.example.com\` covers \`matrix.example.com\`, but neither \`example.com\` nor \`a.matrix.example.com\`.

**Fix.** See that DNS leads to the right machine; then give the name a virtual host with a certificate for it.

**Log lines.** Synapse: \`certificate verify failed\`, \`DNSMismatch\`. Dendrite: \`x509: certificate is valid for …, not …\`.
Browsers: \`NET::ERR_CERT_COMMON_NAME_INVALID\`.

Specification: Server-Server API, "TLS" and "Resolving server names".
`,
  causes: ["wrong-virtual-host"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(withNameFault(facts, "name-mismatch"), ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`)) {
      const [first] = group;
      const { leaf, endpoint } = first;
      const { tlsName, tlsNameIsIp } = first.route;
      const where = group.map((each) => each.endpoint.place);
      const names = namesOf(leaf).map((name) => quote(name));
      const covers = names.length === 0 ? `has no subjectAltName (its subject is ${quote(leaf.subject)})` : `covers ${list(names)}`;
      yield {
        severity: "error",
        detail: `The certificate isn't valid for ${tlsName}. It ${covers}.${wildcardNote(leaf.dnsNames, tlsName)}`,
        fix: [nameAdvice(proxyAmong(facts, where), tlsName, tlsNameIsIp, leaf, endpoint.target.port)],
        where,
      };
    }
  },
};

function wildcardNote(dnsNames: readonly string[], name: string): string {
  const near = dnsNames.find((entry) => entry.startsWith("*.") && `.${name.toLowerCase()}`.endsWith(entry.slice(1).toLowerCase()));
  return near === undefined ? "" : ` A wildcard stands for exactly one label, so ${quote(near)} doesn't cover ${name}.`;
}
