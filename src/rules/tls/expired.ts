/** tls/expired: a certificate of the chain is past its notAfter. */
import { expiredIntermediateAdvice, expiryAdvice, proxyAmong } from "../../advice/certificate.ts";
import { dateFault } from "../../views/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf } from "../../views/certificate-use.ts";
import { presented } from "../../views/presented.ts";

export const expired: Rule = {
  code: "tls/expired",
  severity: "error",
  mechanisms: ["certificate:expired"],
  title: "The certificate has expired",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
Homeservers refuse an expired certificate. So no message is delivered in either direction.

**How it shows.** The end of the certificate's validity (notAfter) is in the past.

**Usual causes.** The certificate was renewed on disk, but the proxy or homeserver still has the old one in memory. Compare the file
(\`openssl x509 -enddate -noout -in fullchain.pem\`) with the date that this tool shows. Or the renewal failed.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/not-yet-valid\`: a clock is wrong. \`tls/incomplete-chain\`: an intermediate certificate is missing. An expired
intermediate certificate is this finding too: replace the chain file. \`tls/wrong-chain\`: the expired certificate isn't needed.

**Fix.** Reload the server if the file is newer than what is presented; otherwise find out why the renewal failed (\`certbot renew
--dry-run\`). Add a hook that reloads the server after each renewal: \`certbot renew --deploy-hook "systemctl reload nginx"\`.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate has expired or is not yet valid\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const at = judgedAt(facts);
    const faulty = presented(facts).flatMap(({ endpoint, route, tls, leaf }) => {
      const old = pathOf(tls).find((each) => dateFault(each, at) === "expired");
      return old === undefined ? [] : [{ endpoint, route, old, isLeaf: old === leaf }];
    });
    for (const group of groupBy(faulty, ({ old }) => old.sha256)) {
      const [first] = group;
      const { old, isLeaf } = first;
      const what = isLeaf ? "The certificate" : `The intermediate certificate ${quote(old.subject)}`;
      const where = group.map(({ endpoint }) => endpoint.place);
      yield {
        severity: "error",
        detail: `${what} expired on ${old.notAfter.slice(0, 10)}, ${age(at.getTime() - Date.parse(old.notAfter))}. Homeservers refuse the connection.`,
        fix: (isLeaf ? expiryAdvice : expiredIntermediateAdvice)(proxyAmong(facts, where), first.route.tlsName),
        where,
      };
    }
  },
};

/** Whole days that have passed since. */
function age(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  if (days < 1) return "less than a day ago";
  return days === 1 ? "1 day ago" : `${days} days ago`;
}
