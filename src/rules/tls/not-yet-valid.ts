/** tls/not-yet-valid: a certificate of the chain is before its notBefore. */
import { proxyAmong } from "../../advice/certificate.ts";
import { reloadCertificate } from "../../advice/reload.ts";
import { dateFault } from "../../views/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf } from "../../views/certificate-use.ts";
import { presented } from "../../views/presented.ts";

export const notYetValid: Rule = {
  code: "tls/not-yet-valid",
  severity: "error",
  mechanisms: ["certificate:not-yet-valid"],
  title: "The certificate is not valid yet",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
The certificate's validity begins in the future. Homeservers refuse it until then.

**How it shows.** The certificate's notBefore is later than the time of the check.

**Usual causes.** Public CAs set notBefore about an hour back. So nearly always a clock is wrong: that of the machine that issued the
certificate (a private CA), or that of the machine that runs this check.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/expired\`. the validity has ended. If every server that you check from this machine shows this finding, this
machine's clock is wrong: compare \`date -u\`.

**Fix.** Set the issuing machine's clock (\`timedatectl set-ntp true\`), issue the certificate again, reload the server.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate has expired or is not yet valid\`.

Specification: Server-Server API, "TLS"; RFC 5280, section 4.1.2.5.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const at = judgedAt(facts);
    const faulty = presented(facts).flatMap(({ endpoint, tls, leaf }) => {
      const early = pathOf(tls).find((each) => dateFault(each, at) === "not-yet-valid");
      return early === undefined ? [] : [{ endpoint, early, isLeaf: early === leaf }];
    });
    for (const group of groupBy(faulty, ({ early }) => early.sha256)) {
      const [first] = group;
      const what = first.isLeaf ? "The certificate" : `The intermediate certificate ${quote(first.early.subject)}`;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `${what} is valid only from ${minutes(first.early.notBefore)} UTC on. It was ${minutes(at.toISOString())} UTC on this machine at the time of the check. Either the clock of the machine that issued the certificate is wrong, or this machine's clock.`,
        fix: [
          `Set the clock of the machine that issues the certificate:\ntimedatectl set-ntp true\n\n${reloadCertificate("Issue it again, and then", proxyAmong(facts, where))}`,
        ],
        where,
      };
    }
  },
};

function minutes(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
