/** tls/wrong-chain: certificates that aren't needed, or in the wrong order. */
import { chainAdvice, proxyAmong } from "../../advice/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { presented } from "../../views/presented.ts";

export const wrongChain: Rule = {
  code: "tls/wrong-chain",
  severity: "warning",
  concerns: "everybody",
  title: "The server sends unneeded or wrongly ordered certificates",
  spec: SPEC.certificateOrder,
  explain: `
A server sends its own certificate first, then the one that issued it, and so on. TLS 1.2 demands that order (RFC 5246, 7.4.2); TLS 1.3
only recommends it (RFC 8446, 4.4.2). Most libraries accept any order, some small ones don't.

**How it shows.** The server sends a certificate that issued none of the others, sends its own certificate twice, or sends them in another
order than from leaf to root.

**Who is affected.** No current homeserver refuses this. But such a chain file was mostly made by hand, and may be wrong after the next
renewal.

**Look-alikes.** A root certificate at the end isn't needed either, but it does no harm and isn't reported. With \`tls/incomplete-chain\`:
somebody appended the intermediate certificate of another CA, and the right chain file fixes both.

**Fix.** Use the CA's or ACME client's own file with the whole chain (\`fullchain.pem\`) instead of one made by hand. With Apache, remove
SSLCertificateChainFile.

**Log lines.** None in homeservers; GnuTLS clients: \`The certificate chain is not in order\`.

Specification: RFC 8446, section 4.4.2.
`,
  *judge(facts: Facts): Iterable<Found> {
    const faulty = presented(facts).filter(({ tls }) => tls.trust.strays.length > 0 || !tls.trust.inOrder);
    for (const group of groupBy(faulty, ({ tls }) => tls.chain.map(({ sha256 }) => sha256).join(" "))) {
      const [first] = group;
      const { tls, route } = first;
      const strays = tls.trust.strays.flatMap((index) => tls.chain[index] ?? []);
      const where = group.map(({ endpoint }) => endpoint.place);
      const what =
        strays.length > 0
          ? `${strays.length} of the ${tls.chain.length} certificates sent ${strays.length === 1 ? "issued" : "have issued"} none of the others: ${list(strays.map(({ subject }) => quote(subject)))}.`
          : `The ${tls.chain.length} certificates are sent in the order ${list(
              tls.chain.map(({ subject }) => quote(subject)),
              6,
            )}; each should be followed by the one that issued it.`;
      yield {
        severity: "warning",
        detail: `${what} Homeservers accept that; stricter TLS libraries refuse it.`,
        fix: [chainAdvice(proxyAmong(facts, where), route.tlsName)],
        where,
      };
    }
  },
};
