/** tls/default-certificate: what a product made up for itself, because it has no certificate for the name. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import { defaultCertificate } from "../../views/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withNameFault } from "../../views/presented.ts";

export const defaultCertificateRule: Rule = {
  code: "tls/default-certificate",
  severity: "error",
  mechanisms: [
    "certificate:name",
    "certificate:expired",
    "certificate:not-yet-valid",
    "certificate:self-signed",
    "certificate:incomplete-chain",
    "certificate:untrusted-ca",
    "certificate:other",
  ],
  title: "The server presents its product's default certificate",
  spec: SPEC.tls,
  breaks: "certificate",
  signOf: ["no-delegation"],
  explain: `
Proxies, control panels and appliances make a default certificate for themselves. They present it when no virtual host matches the name
that a client asks for, or when they couldn't get the real certificate.

**How it shows.** \`TRAEFIK DEFAULT CERT\`, \`Kubernetes Ingress Controller Fake Certificate\`, \`localhost\`, a snakeoil certificate, the
login page of a router or NAS, and the like. The report may also say that it is self-signed; that goes away with this fault.

**Who is affected.** All homeservers. With a default certificate on port 443 of the server name, all of them ignore the well-known file.

**Look-alikes.** \`tls/self-signed\`: somebody made a certificate for this name. \`tls/name-mismatch\`: a real certificate for another
name.

**Fix.** First check whether a virtual host, router or ingress exists for exactly this name and port. If there is one, its log says why it
got no certificate: port 80 isn't reachable for the ACME challenge, DNS leads to another machine, a rate limit, no \`certresolver\`
(Traefik), no secret (Kubernetes: \`kubectl describe certificate\`). If it is the certificate of a router or NAS, forward the port to the
right server.

**Log lines.** Synapse: \`certificate verify failed\`. Dendrite: \`x509: certificate signed by unknown authority\`. Traefik: \`Unable to
obtain ACME certificate\`.

Specification: Server-Server API, "TLS".
`,
  causes: [
    "wrong-virtual-host",
    "tls/self-signed",
    "tls/untrusted-ca",
    "tls/incomplete-chain",
    "tls/expired",
    "tls/not-yet-valid",
    "tls/expiring",
    "tls/no-san",
    "tls/wrong-chain",
    "tls/wrong-purpose",
    "tls/critical-extension",
    "tls/weak-signature",
    "tls/weak-key",
    "tls/ca-as-leaf",
  ],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      withNameFault(facts, "default-certificate"),
      ({ endpoint, leaf }) => `${leaf.sha256} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      const { leaf, route, endpoint } = first;
      const product = defaultCertificate(leaf) ?? "localhost";
      const where = group.map((each) => each.endpoint.place);
      const whose = product === "localhost" ? "a certificate that software makes when it has none" : `the default of ${product}`;
      yield {
        severity: "error",
        detail: `The certificate is ${quote(leaf.subject)}, ${whose}, and not one for ${route.tlsName}. Either there is no site for ${route.tlsName} on that server, or the server got no certificate for it.`,
        fix: fixes(product, facts, where, first.leaf, route.tlsName, route.tlsNameIsIp, endpoint.target.port),
        where,
      };
    }
  },
};

const DEVICES = ["Sophos", "FortiGate", "Synology", "QNAP", "Ubiquiti UniFi", "pfSense", "OPNsense", "FRITZ!Box", "Proxmox"];
const CONTROL_PANELS = ["Plesk", "cPanel", "Vesta Control Panel", "Webmin", "mailcow"];

function fixes(
  product: string,
  facts: Facts,
  where: string[],
  leaf: Parameters<typeof nameAdvice>[3],
  name: string,
  isIp: boolean,
  port: number,
): string[] {
  if (product === "Kubernetes ingress-nginx" || product === "cert-manager") {
    return [
      `In the Ingress for the homeserver, name the host in both places, and see with "kubectl describe certificate" why the secret has no certificate yet (replace matrix-tls with the secret's name):\nspec:\n  tls:\n    - hosts: ["${name}"]\n      secretName: matrix-tls\n  rules:\n    - host: ${name}`,
    ];
  }
  if (DEVICES.includes(product))
    return [
      `${product} itself answers on port ${port}: forward that port (NAT) to the server that has the certificate for ${name}, or give the device's reverse proxy a rule and a certificate for ${name}.`,
    ];
  if (CONTROL_PANELS.includes(product))
    return [
      `In ${product}, issue a certificate for ${name} and assign it to that site. On port ${port} the site must answer, not the panel.`,
    ];
  if (product === "Nginx Proxy Manager")
    return [
      `In Nginx Proxy Manager, edit the proxy host whose domain names include ${name} (or add it there), and request a certificate for it in the tab SSL.`,
    ];
  return [nameAdvice(proxyAmong(facts, where), name, isIp, leaf, port)];
}
