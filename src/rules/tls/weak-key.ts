/** tls/weak-key: RSA under 2048 bits, or a curve under 224. */
import { presentedWith } from "../../views/presented.ts";
import { refusedCertificates } from "../../advice/refused-certificates.ts";
import { SPEC, type Rule } from "../rule.ts";

export const weakKey: Rule = {
  code: "tls/weak-key",
  severity: "error",
  mechanisms: ["certificate:weak-key"],
  title: "The key of the certificate is too weak",
  spec: SPEC.tls,
  breaks: "certificate",
  explain: `
RSA keys under 2048 bits are too weak: OpenSSL refuses them at security level 2, the default since OpenSSL 3.2 and of Debian and Ubuntu before, and rustls always does. It counts for the server's certificate and for every CA certificate
below the root.

**Shows as** a server that works with old software and with Go, and not with Synapse.

**Affected:** Synapse, and all homeservers in Rust. Go (Dendrite, mautrix-go) accepts 1024 bits.

**Look-alikes.** \`tls/weak-signature\`: it is the signature that is too weak. \`tls/handshake\`: no certificate was seen at all.

**Fix.** Make a new key, RSA of 2048 bits at least or ECDSA P-256, and have a certificate issued for it. A renewal that keeps the key (\`certbot renew --reuse-key\`) doesn't help.

**Log lines.** Synapse: \`ee key too small\`, \`ca key too small\`. rustls: \`UnsupportedSignatureAlgorithmForPublicKey\`.

Specification: Server-Server API, "TLS"; RFC 9325, section 4.5.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "weak-key", presentedWith(facts, "weak-key"), {
      ownCa: true,
      effect: "OpenSSL as Synapse has it and rustls refuse it.",
    }),
};
