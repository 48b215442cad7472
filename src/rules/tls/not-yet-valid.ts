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
The certificate's first day lies in the future. Homeservers refuse it until then.

**Shows as** a notBefore after the time of the check. Public CAs date certificates back by about an hour, so this is nearly always a clock that was wrong on
the machine that issued the certificate (an own CA), or the clock of the machine that runs this check.

**Affected:** all homeservers.

**Look-alikes.** \`tls/expired\`. If every server that is checked from here shows this, it is this machine's clock: compare \`date -u\`.

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
        detail: `${what} is valid only from ${minutes(first.early.notBefore)} UTC on. It was ${minutes(at.toISOString())} UTC on this machine when it was checked. Either the clock of the machine that issued it is wrong, or this one's.`,
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
