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
RSA keys under 2048 bits are too weak. rustls refuses them. OpenSSL refuses them at security level 2, which is the default since OpenSSL
3.2 (in Debian and Ubuntu also before). This is true for the server's certificate and for every CA certificate below the root.

**How it shows.** Old software and homeservers in Go reach the server; Synapse doesn't.

**Who is affected.** Synapse, and all homeservers in Rust. Go (Dendrite, mautrix-go) accepts 1024 bits.

**Look-alikes.** \`tls/weak-signature\`: the signature is too weak, not the key. \`tls/handshake\`: the server sent no certificate at all.

**Fix.** Make a new key, RSA with at least 2048 bits or ECDSA P-256, and get a certificate for it. A renewal that keeps the key (\`certbot
renew --reuse-key\`) doesn't help.

**Log lines.** Synapse: \`ee key too small\`, \`ca key too small\`. rustls: \`UnsupportedSignatureAlgorithmForPublicKey\`.

Specification: Server-Server API, "TLS"; RFC 9325, section 4.5.
`,
  causes: ["tls/differs"],
  judge: (facts) =>
    refusedCertificates(facts, "weak-key", presentedWith(facts, "weak-key"), {
      ownCa: true,
      effect: "Synapse (OpenSSL) and homeservers in Rust (rustls) refuse it.",
    }),
};
