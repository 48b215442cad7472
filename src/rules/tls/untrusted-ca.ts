/** tls/untrusted-ca: the chain ends at an authority that isn't trusted, also with what can be fetched. */
import { proxyAmong, realCertificateAdvice } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import type { Facts, TlsFacts } from "../../facts/facts.ts";
import { isTestAuthority } from "../../views/certificate.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { pathOf } from "../../views/certificate-use.ts";
import { presentedWith } from "../../views/presented.ts";

export const untrustedCa: Rule = {
  code: "tls/untrusted-ca",
  severity: "error",
  mechanisms: ["certificate:untrusted-ca"],
  title: "The certificate authority is not trusted",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
The certificate was issued by an authority that is not among the trusted ones: an own CA, a Cloudflare Origin CA, a staging CA, a
product's local authority, or one that has been removed.

**Shows as** a chain that ends at an unknown root, also with the certificates that were fetched from where the present ones say that they can be had; or at an issuer that doesn't say so, or whose certificate isn't there.

**Affected:** all homeservers that don't have this authority in their trust store.

**Look-alikes.** \`tls/incomplete-chain\`: the root is trusted, but a certificate in between is missing; it was fetched to see that. \`tls/refused\`: the root is trusted, and OpenSSL has another complaint. An interception proxy in front of the machine that runs this check replaces certificates: if
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
      presentedWith(facts, "untrusted-ca"),
      ({ endpoint, tls }) => `${tls.chain.map(({ sha256 }) => sha256).join(" ")} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      const { tls, leaf, route, endpoint } = first;
      const where = group.map((each) => each.endpoint.place);
      const { fetched } = tls.trust;
      const last = fetched?.certificates.at(-1)?.certificate ?? pathOf(tls).at(-1) ?? leaf;
      const authority = last.selfSigned ? last.subject : last.issuer;
      const isTest = [leaf, ...pathOf(tls), last].some(({ issuer }) => isTestAuthority(issuer));
      const proxy = proxyAmong(facts, where);
      yield {
        severity: "error",
        detail: `The issuer ${quote(authority)} isn't trusted. Homeservers trust the usual certificate authorities, and this isn't one of them.${fetchedNote(tls)}${originNote(authority, isTest)}`,
        fix: isTest
          ? [realCertificateAdvice(proxy, route.tlsName)]
          : [
              nameAdvice(proxy, route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
              `Only for a private federation: install this authority on every homeserver (Synapse: federation_custom_ca_list in homeserver.yaml), and check with it (replace ca.pem with its PEM file):\nnpx matrix-delegation-check --ca-file ca.pem ${facts.serverName}`,
            ],
        where,
      };
    }
  },
};

/** What was fetched, and didn't help. */
function fetchedNote({ trust: { fetched } }: TlsFacts): string {
  const top = fetched?.certificates.at(-1)?.certificate;
  if (fetched?.end === "untrusted" && top !== undefined)
    return ` That certificate isn't sent, but appending it wouldn't help: ${top.selfSigned ? "it is a root that nobody trusts" : "it leads to no trusted root either"}.`;
  return fetched?.end === "nothing" ? " Its certificate isn't sent, and where it should be had there is none." : "";
}

function originNote(authority: string, isTest: boolean): string {
  if (/cloudflare/i.test(authority) && /origin/i.test(authority))
    return ' Cloudflare\'s origin certificates are trusted by Cloudflare alone: the DNS record must be "Proxied", or the certificate another one.';
  if (isTest) return " It is Let's Encrypt's staging authority, for tests: the ACME client ran with --staging or --test-cert.";
  return "";
}
