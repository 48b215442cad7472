/** tls/untrusted-ca: the chain ends at an authority that isn't trusted, or OpenSSL has another complaint. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf, presentedWith } from "../../views/presented.ts";

export const untrustedCa: Rule = {
  code: "tls/untrusted-ca",
  severity: "error",
  mechanisms: ["certificate:untrusted-ca", "certificate:other"],
  title: "The certificate authority is not trusted",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
The certificate was issued by an authority that is not among the trusted ones: an own CA, a Cloudflare Origin CA, a staging CA, a
product's local authority, or one that has been removed.

**Shows as** a chain that ends at an unknown root, or at an issuer that doesn't say where it can be had.

**Affected:** all homeservers that don't have this authority in their trust store.

**Look-alikes.** \`tls/incomplete-chain\`: the root is trusted, but a certificate in between is missing; public CAs say in each
certificate where its issuer can be had. An interception proxy in front of the machine that runs this check replaces certificates: if
unrelated servers fail with the same authority, check from elsewhere.

**Fix.** Use a certificate of a public CA. "Fake LE", "STAGING" in the issuer: certbot ran with \`--staging\` or \`--test-cert\`. "Cloudflare Origin": only Cloudflare trusts
it; switch the DNS record to "Proxied", or replace the certificate. In a private federation every homeserver gets the CA (Synapse:
\`federation_custom_ca_list\`), and this tool \`--ca-file\`.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`.
OpenSSL: \`self-signed certificate in certificate chain\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      presentedWith(facts, "untrusted-ca", "other"),
      ({ endpoint, tls, faults }) =>
        `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port} ${String(faults.includes("other"))}`,
    )) {
      const [first] = group;
      if (first === undefined) continue;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      const last = pathOf(tls).at(-1) ?? leaf;
      const authority = last.selfSigned ? last.subject : last.issuer;
      const isOther = first.faults.includes("other");
      yield {
        severity: "error",
        detail: isOther
          ? `OpenSSL refuses the certificate: ${quote(tls.trust.verifyError ?? "")}. Homeservers refuse the connection for the same reason.`
          : `The certificate was issued under ${quote(authority)}, which is not among the authorities that homeservers trust.${originNote(authority)}`,
        fix: [
          nameAdvice(proxyAmong(facts, where), route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
          ...(isOther
            ? []
            : [
                "Only for a private federation: install this authority on every homeserver (Synapse: federation_custom_ca_list in homeserver.yaml), and check with --ca-file <its PEM file>.",
              ]),
        ],
        where,
      };
    }
  },
};

function originNote(authority: string): string {
  if (/cloudflare/i.test(authority) && /origin/i.test(authority))
    return ' Cloudflare\'s origin certificates are trusted by Cloudflare alone: the DNS record must be "Proxied", or the certificate another one.';
  if (/\((STAGING)\)|Fake LE|Staging/i.test(authority))
    return " It is a staging authority, for tests: the ACME client ran with --staging or --test-cert.";
  return "";
}
