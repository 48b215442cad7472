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
The certificate was issued by an authority that homeservers don't trust: a private CA, a Cloudflare Origin CA, a staging CA, a product's
local authority, or a CA that was removed from the trust stores.

**How it shows.** The chain ends at an unknown root, even with the certificates that this tool fetched from the URLs in the certificates.
Or there is none: the certificates name no URL for it, the host of the URL doesn't exist, or it answers that there is nothing.

**Who is affected.** All homeservers that don't have this authority in their trust store.

**Look-alikes.** \`tls/incomplete-chain\`: the root is trusted, but a certificate in between is missing. \`tls/refused\`: the root is
trusted, and OpenSSL refuses for another reason. A proxy that intercepts TLS between this machine and the internet replaces certificates:
if unrelated servers fail with the same authority, check from another network.

**Fix.** Use a certificate of a public CA. If the issuer contains "Fake LE" or "STAGING", certbot ran with \`--staging\` or
\`--test-cert\`. If it contains "Cloudflare Origin", only Cloudflare trusts it: switch the DNS record to "Proxied", or replace the
certificate. In a private federation, install the CA on every homeserver (Synapse: \`federation_custom_ca_list\`), and run this tool with
\`--ca-file\`.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`. OpenSSL: \`self-signed
certificate in certificate chain\`.

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
        detail: `The issuer ${quote(authority)} isn't trusted. Homeservers trust only the public certificate authorities, and this isn't one of them.${fetchedNote(tls)}${originNote(authority, isTest)}`,
        fix: isTest
          ? [realCertificateAdvice(proxy, route.tlsName)]
          : [
              nameAdvice(proxy, route.tlsName, route.tlsNameIsIp, leaf, endpoint.target.port),
              `Only for a private federation: install this authority's certificate on every homeserver (Synapse: federation_custom_ca_list in homeserver.yaml), and check with it (replace ca.pem with its PEM file):\nnpx matrix-delegation-check --ca-file ca.pem ${facts.serverName}`,
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
    return ` The server doesn't send that certificate, but sending it wouldn't help: ${top.selfSigned ? "it is a root that isn't trusted" : "it leads to no trusted root either"}.`;
  return fetched?.end === "nothing"
    ? " The server doesn't send its certificate, and there is none at the URL where the CA should publish it."
    : "";
}

function originNote(authority: string, isTest: boolean): string {
  if (/cloudflare/i.test(authority) && /origin/i.test(authority))
    return ' Only Cloudflare trusts its origin certificates: set the DNS record to "Proxied", or use another certificate.';
  if (isTest)
    return " It is Let's Encrypt's staging authority, which is only for tests: the ACME client ran with --staging or --test-cert.";
  return "";
}
