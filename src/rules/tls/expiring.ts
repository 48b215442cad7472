/** tls/expiring: a certificate of the chain ends soon. */
import { expiryAdvice, proxyAmong } from "../../advice/certificate.ts";
import { dateFault, daysLeft } from "../../views/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf } from "../../views/certificate-use.ts";
import { presented } from "../../views/presented.ts";

export const expiring: Rule = {
  code: "tls/expiring",
  severity: "warning",
  concerns: "everybody",
  title: "The certificate expires soon",
  spec: SPEC.tls,
  explain: `
The certificate, or an intermediate certificate that is sent with it, expires within the threshold (\`--min-cert-days\`, 14 days by
default). After that all homeservers refuse the connection.

**How it shows.** The end of the certificate's validity (notAfter) is near.

**Usual causes.** ACME clients renew certificates of 90 days when 30 are left. So with fewer than 14 days left, renewal has failed for
about two weeks, or the certificate was renewed and the server was not reloaded.

**Who is affected.** Nobody yet.

**Look-alikes.** Certificates that live for six days only (Let's Encrypt's short-lived profile) are always under the threshold: check them
with \`--min-cert-days 2\`.

**Fix.** Compare the file on disk (\`openssl x509 -enddate -noout -in fullchain.pem\`) with the date shown here. If the file is newer,
reload the server; if not, \`certbot renew --dry-run\` says why the renewal fails.

**Log lines.** None yet; after the end, those of \`tls/expired\`.

Specification: Server-Server API, "TLS".
`,
  *judge(facts: Facts): Iterable<Found> {
    const at = judgedAt(facts);
    const soon = presented(facts).flatMap(({ endpoint, tls, leaf }) => {
      const path = pathOf(tls);
      if (path.some((each) => dateFault(each, at) === "expired")) return [];
      const first = path
        .filter((each) => daysLeft(each, at) < facts.settings.minCertDays)
        .sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter))[0];
      return first === undefined ? [] : [{ endpoint, certificate: first, isLeaf: first === leaf }];
    });
    for (const group of groupBy(soon, ({ certificate }) => certificate.sha256)) {
      const [first] = group;
      if (first === undefined || facts.route === null) continue;
      const { certificate, isLeaf } = first;
      const left = daysLeft(certificate, at);
      const where = group.map(({ endpoint }) => endpoint.place);
      const what = isLeaf ? "The certificate" : `The intermediate certificate ${quote(certificate.subject)}`;
      yield {
        severity: "warning",
        detail: `${what} expires on ${certificate.notAfter.slice(0, 10)}, ${left === 0 ? "in less than a day" : left === 1 ? "in 1 day" : `in ${left} days`}; the threshold is ${facts.settings.minCertDays} days. After that homeservers refuse it.`,
        fix: expiryAdvice(proxyAmong(facts, where), facts.route.tlsName),
        where,
      };
    }
  },
};
