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
With a well-known file, the certificate must cover the host of \`m.server\`. Without one, it must cover the server name itself, even when
an SRV record leads to another host. An IP address needs an entry of the type iPAddress.

**How it shows.** The certificate is for other names.

**Usual causes.** The web server has no virtual host for this name on that port, and presents the certificate of its first virtual host.
Or DNS leads to a wrong machine.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/name-is-srv-target\`, \`tls/name-is-server-name\`, \`tls/no-san\` and \`tls/default-certificate\` are special cases
of this fault. A wildcard covers one label: \`*.example.com\` covers \`matrix.example.com\`, but neither \`example.com\` nor
\`a.matrix.example.com\`.

**Fix.** Check that DNS leads to the right machine. Then add a virtual host for the name, with a certificate for it.

**Log lines.** Synapse: \`certificate verify failed\`, \`DNSMismatch\`. Dendrite: \`x509: certificate is valid for …, not …\`. Browsers:
\`NET::ERR_CERT_COMMON_NAME_INVALID\`.

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
  return near === undefined ? "" : ` A wildcard covers exactly one label, so ${quote(near)} doesn't cover ${name}.`;
}
