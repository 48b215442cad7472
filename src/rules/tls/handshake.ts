/** tls/handshake: an alert, a closed connection or something that isn't TLS. */
import { proxyAmong } from "../../advice/certificate.ts";
import { nameAdvice } from "../../advice/certificate-name.ts";
import { withoutClientCertificate } from "../../advice/client-certificate.ts";
import { versionsAndCiphers } from "../../advice/tls-versions.ts";
import type { Proxy } from "../../views/proxy.ts";
import type { Facts, NetError } from "../../facts/facts.ts";
import { type PlacedEndpoint, endpointsOf } from "../../views/endpoints.ts";
import { groupBy, quote } from "../../views/words.ts";
import { isSettledByName } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { demandOf, handshakeFailure, olderProtocol, speaksPlainHttp } from "../../views/handshake.ts";

export const handshake: Rule = {
  code: "tls/handshake",
  severity: "error",
  mechanisms: ["tls:handshake"],
  title: "The TLS handshake fails",
  spec: SPEC.tls,
  breaks: "endpoint",
  signOf: ["wrong-route"],
  explain: `
The TCP connection works, but the TLS handshake fails. This tool offers what homeservers offer: TLS 1.2 and 1.3, the usual ciphers, the
route's name as SNI, no client certificate.

**How it shows.** A TLS alert, a closed or reset connection, or bytes that aren't TLS. What an alert usually means:

- \`unrecognized_name\`: strict SNI; the server has no virtual host or certificate for the name.
- \`internal_error\`: Caddy and other Go servers, for a name for which they have no certificate.
- \`handshake_failure\`: no common cipher; at Cloudflare no edge certificate for the name.
- \`protocol_version\`: no common version.
- \`bad_certificate\`: mostly the server demands a client certificate (mutual TLS), which homeservers don't have.
- closed without an alert: the server expects the PROXY protocol, a filter rejects the name, or the service isn't TLS.

**Who is affected.** All homeservers.

**Look-alikes.** \`tls/plain-http\`: the answer is HTTP. \`tls/timeout\`: no answer at all. \`tls/old-protocol\`: TLS 1.1 or older works.
\`tls/client-certificate\`: the server asked for a client certificate. With certificate faults (\`tls/expired\` and so on) the handshake
itself works.

**Fix.** Follow the finding's advice for this alert. \`openssl s_client -connect host:port -servername name\` shows the same alert.

**Log lines.** Synapse: \`OpenSSL.SSL.Error\`, \`tlsv1 unrecognized name\`, \`tlsv1 alert internal error\`. Dendrite: \`remote error: tls:
…\`. Apache: \`AH02032\`. Traefik: \`strict SNI enabled\`. Caddy: \`no certificate available for\`.

Specification: Server-Server API, "TLS"; RFC 8446, section 6.2.
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const faulty = endpointsOf(facts).flatMap((endpoint) => {
      const error = handshakeFailure(endpoint);
      const isOwn =
        error !== null &&
        !["timeout", "plain-http"].includes(error.code) &&
        olderProtocol(endpoint) === null &&
        demandOf(endpoint) === null &&
        !speaksPlainHttp(facts, endpoint);
      return isOwn ? [{ endpoint, error }] : [];
    });
    for (const group of groupBy(
      faulty,
      ({ endpoint, error }) => `${error.code} ${error.alert ?? ""} ${error.excerpt ?? ""} ${endpoint.target.port}`,
    )) {
      const [first] = group;
      const where = group.map(({ endpoint }) => endpoint.place);
      const { name, ...says } = meaning(
        facts,
        first.error,
        first.endpoint,
        route.tlsNameIsIp ? null : route.tlsName,
        proxyAmong(facts, where),
      );
      yield { severity: "error", detail: `${name} ${says.detail}`, fix: says.fix, where };
    }
  },
};

interface Meaning {
  /** What was seen. */
  name: string;
  detail: string;
  fix: string[];
}

function meaning(facts: Facts, error: NetError, endpoint: PlacedEndpoint, sni: string | null, proxy: Proxy | null): Meaning {
  const { port } = endpoint.target;
  const asked = sni === null ? "an IP address (without SNI)" : `${sni} (SNI)`;
  if (error.alert !== undefined)
    return {
      name: `The server ended the TLS handshake with the alert ${quote(error.alert)}.`,
      ...alertMeaning(error.alert, asked, sni, port, proxy),
    };
  switch (error.code) {
    case "not-tls":
      return {
        name:
          error.excerpt === undefined
            ? "The answer to the TLS handshake isn't TLS."
            : `The answer to the TLS handshake isn't TLS: it starts with ${quote(error.excerpt)}.`,
        detail: `${service(error.excerpt ?? "")} listens on port ${port}.`,
        fix: [
          `Make the homeserver or its reverse proxy listen on port ${port} with TLS, instead of this service.${isSettledByName(facts) ? "" : " Or delegate to the port on which it really listens."}`,
        ],
      };
    case "closed":
    case "reset":
      return {
        name: `The server ${error.code === "closed" ? "closes" : "resets"} the connection during the TLS handshake, without a TLS alert. The handshake was for ${asked}.`,
        detail:
          "Usual causes: no virtual host for that name, a load balancer whose backend is down, a listener that expects the PROXY protocol, or a firewall that inspects TLS.",
        fix: [
          `Read the log of the server on port ${port} at the time of the check. Homeservers must not connect directly to a listener with proxy_protocol (nginx) or accept-proxy (HAProxy). ${virtualHost(sni, port, proxy)}`,
          `If NAT, Docker or a TCP load balancer forwards port ${port}: it must forward to the proxy's TLS port.`,
        ],
      };
    default:
      return {
        name: `The TLS handshake for ${asked} fails: ${quote(error.message)}.`,
        detail: "Homeservers offer TLS 1.2 and 1.3 with the usual ciphers.",
        fix: [versionsAndCiphers(port, proxy)],
      };
  }
}

function alertMeaning(alert: string, asked: string, sni: string | null, port: number, proxy: Proxy | null): Omit<Meaning, "name"> {
  switch (alert) {
    case "unrecognized_name":
    case "access_denied":
      return { detail: `It has no certificate or virtual host for ${asked}.`, fix: [virtualHost(sni, port, proxy)] };
    case "internal_error":
      return {
        detail: `It has no certificate for ${asked}; Caddy and other Go servers then send this alert.`,
        fix: [
          ...(sni !== null && (proxy === null || proxy === "caddy") ? [nameAdvice("caddy", sni, false, null, port)] : []),
          virtualHost(sni, port, proxy),
        ],
      };
    case "handshake_failure":
    case "insufficient_security":
      if (proxy === "cloudflare")
        return {
          detail: `From Cloudflare, this alert means that no edge certificate covers ${asked}.`,
          fix: [virtualHost(sni, port, proxy)],
        };
      return {
        detail: `The server has no common TLS version or cipher with homeservers, or no certificate for ${asked}.`,
        fix: [versionsAndCiphers(port, proxy), virtualHost(sni, port, proxy)],
      };
    case "protocol_version":
      return {
        detail: "It has no common TLS version with homeservers, which speak TLS 1.2 and 1.3.",
        fix: [versionsAndCiphers(port, proxy)],
      };
    case "bad_certificate":
    case "certificate_unknown":
    case "unsupported_certificate":
      return {
        detail: "Mostly this means that the server demands a client certificate (mutual TLS), which homeservers don't have.",
        fix: [withoutClientCertificate(proxy, port)],
      };
    case "no_application_protocol":
      return {
        detail: "It demands an application protocol (ALPN), such as h2; homeservers may offer none.",
        fix: [`Make the server on port ${port} speak HTTP/1.1 too, with and without ALPN (HAProxy: "alpn h2,http/1.1" on the bind line).`],
      };
    default:
      return {
        detail: `It refuses the handshake for ${asked}.`,
        fix: [`Read the log of the server on port ${port}: it says why the server sends this alert. ${virtualHost(sni, port, proxy)}`],
      };
  }
}

function virtualHost(sni: string | null, port: number, proxy: Proxy | null): string {
  if (sni === null) return `Make the server on port ${port} present its certificate also to clients that send no SNI.`;
  switch (proxy) {
    case "nginx":
    case "apache":
      return nameAdvice(proxy, sni, false, null, port);
    case "caddy":
      return `In the Caddyfile, the site address must be "${port === 443 ? sni : `${sni}:${port}`}". If it is, Caddy's log says why it got no certificate:\njournalctl -u caddy`;
    case "haproxy":
      return `In HAProxy, a certificate for ${sni} must be among those of the bind line for port ${port} (crt); "strict-sni" refuses all other names.`;
    case "traefik":
      return `In Traefik, a router with Host(\`${sni}\`) and a certificate for it must exist; "sniStrict" refuses all other names.`;
    case "cloudflare":
      return `In Cloudflare's dashboard, see SSL/TLS, Edge Certificates: the free certificate covers the domain and one level below it. Order one for ${sni}, or switch its DNS record to "DNS only".`;
    default:
      return `The server on port ${port} needs a virtual host and a certificate for exactly ${sni} (nginx: a server block with that name and port; the one that answers now has ssl_reject_handshake. Apache: a <VirtualHost *:${port}> with that ServerName. HAProxy: a certificate file for that name among the crt files of the bind line; strict-sni refuses all other names).`;
  }
}

function service(first: string): string {
  if (first.startsWith("SSH-")) return "An SSH server";
  if (/^220[ -].*(smtp|mail|postfix|exim)/i.test(first)) return "A mail server";
  if (/^220[ -]/.test(first)) return "An FTP or mail server";
  if (/^\* OK/.test(first)) return "An IMAP server";
  if (first.startsWith("RFB ")) return "A VNC server";
  return "Another service";
}
