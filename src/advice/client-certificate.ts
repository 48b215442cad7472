/** No client certificates any more, in the syntax of each proxy. Pure. */
import type { Proxy } from "../views/proxy.ts";
import { thenReload } from "./reload.ts";

export function withoutClientCertificate(proxy: Proxy | null, port: number): string {
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl" that answers, replace the ssl_verify_client line by this:\nssl_verify_client off;`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `In Apache, in the <VirtualHost *:${port}> that answers, replace the SSLVerifyClient line by this:\nSSLVerifyClient none`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg, on the bind line for port ${port}, remove "verify required" and the ca-file that stands there.`,
        "haproxy",
      );
    case "caddy":
      return thenReload(`In the Caddyfile, remove client_auth from the tls block of the site on port ${port}.`, "caddy");
    case "traefik":
      return `In Traefik, the router on port ${port} must use TLS options without clientAuth.`;
    case "cloudflare":
      return `In Cloudflare's dashboard, see SSL/TLS, Client Certificates, and the WAF rules with "cf.tls_client_auth.cert_verified": exempt paths that start with /_matrix/ and /.well-known/matrix/.`;
    default:
      return [
        `Don't ask for client certificates on port ${port}. In nginx, in place of the ssl_verify_client line:`,
        "ssl_verify_client off;",
        "",
        "In Apache, in place of the SSLVerifyClient line:",
        "SSLVerifyClient none",
        "",
        'In HAProxy, on the bind line, remove "verify required" and the ca-file that stands there.',
        "",
        "In Caddy, remove client_auth from the tls block; in Cloudflare, exempt the host from the mTLS rule. Then reload it.",
      ].join("\n");
  }
}
