/** tls/incomplete-chain: an intermediate certificate is missing. */
import { chainAdvice, fetchIssuerAdvice, proxyAmong } from "../../advice/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf } from "../../views/certificate-use.ts";
import { presentedWith } from "../../views/presented.ts";

export const incompleteChain: Rule = {
  code: "tls/incomplete-chain",
  severity: "error",
  mechanisms: ["certificate:incomplete-chain"],
  title: "The server doesn't send the intermediate certificate",
  spec: SPEC.certificateOrder,
  breaks: "certificate",
  explain: `
A certificate authority signs with an intermediate certificate. Homeservers have only the root certificate in their trust store, so the
server must send the intermediate certificate together with its own.

**How it shows.** The chain ends before a trusted root. Browsers hide this fault: they know the intermediate certificate from another
site, or fetch it. \`openssl s_client -connect host:port -servername host\` says \`unable to verify the first certificate\` or \`unable to
get local issuer certificate\`.

**Who is affected.** All homeservers: none fetches a missing certificate.

**How it is found.** This tool fetches the missing certificate from the URL in the server's certificate, or another address or the
well-known's host sends it, and the chain then leads to a trusted root. If the URL can't be reached from here, the finding says so.

**Look-alikes.** \`tls/untrusted-ca\`: even with the missing certificate, the root isn't trusted. \`tls/self-signed\`: there is no chain.
\`tls/wrong-chain\` beside this finding: the server sends an intermediate certificate of another CA.

**Fix.** Use the certificate file with the whole chain. nginx: \`ssl_certificate fullchain.pem;\` Apache: \`SSLCertificateFile
fullchain.pem\`. HAProxy: leaf, chain and key in one file. Synapse: \`tls_certificate_path: fullchain.pem\`. Then reload the server.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`. curl: \`unable to get
local issuer certificate\`.

Specification: RFC 8446, section 4.4.2; Server-Server API, "TLS".
`,
  causes: ["tls/wrong-chain", "tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(presentedWith(facts, "incomplete-chain"), ({ tls }) => tls.chain.map(({ sha256 }) => sha256).join(" "))) {
      const [first] = group;
      const { tls, leaf, route } = first;
      const where = group.map(({ endpoint }) => endpoint.place);
      const last = pathOf(tls).at(-1) ?? leaf;
      const { fetched } = tls.trust;
      const fetch = fetched?.end === "trusted" ? fetchIssuerAdvice(fetched) : null;
      const issuer = fetched?.certificates[0];
      const sent = tls.chain.length === 1 ? "Only the certificate itself is sent" : `${tls.chain.length} certificates are sent`;
      yield {
        severity: "error",
        detail: `${sent}, without ${quote(last.issuer)}. That certificate issued ${last === leaf ? "it" : quote(last.subject)}, and the server must send it${issuer === undefined ? "" : ` (the CA publishes it at ${quote(issuer.url, 120)})`}.${fetched?.anchor == null ? "" : ` With it, the chain leads to ${quote(fetched.anchor)}, which is trusted.`}${fetched?.end === "unknown" ? " The CA couldn't be asked for it from here, so whether it leads to a trusted root wasn't seen." : ""} Browsers fetch or remember the missing certificate. Homeservers don't, and refuse the connection.`,
        fix: [chainAdvice(proxyAmong(facts, where), route.tlsName), ...(fetch === null ? [] : [fetch])],
        where,
      };
    }
  },
};
