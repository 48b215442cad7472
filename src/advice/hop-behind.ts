/** How a proxy must connect to the server behind it, in its syntax. Pure. */
import type { BehindFault } from "../views/hop-behind.ts";
import type { Proxy } from "../views/proxy.ts";
import type { Site } from "./federation.ts";
import { thenReload } from "./reload.ts";

/** What the proxy does wrong, after "the proxy". */
export const BEHIND_SAID: Record<BehindFault, string> = {
  "without-name":
    "This request had the same name in the TLS handshake (SNI) and as Host, so they aren't the cause. A server behind the proxy says it about the proxy's own connection: there the TLS handshake has another name or none. An Apache there logs AH02032",
  "without-tls":
    "This request used TLS, so the message comes from a server behind the proxy: the proxy sends plain HTTP to a port that expects TLS",
};

/** `inside`: where the proxy hands the request on. */
export function connectBehind(fault: BehindFault, proxy: Proxy | null, site: Site, inside: string): string {
  return fault === "without-name" ? sendName(proxy, site, inside) : speakTls(proxy, site, inside);
}

function sendName(proxy: Proxy | null, { host, port }: Site, inside: string): string {
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl" and "server_name ${host}", beside the proxy_pass for ${inside}, add this, so that the name goes along:\nproxy_ssl_server_name on;\nproxy_ssl_name $host;`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `In Apache, in <VirtualHost *:${port}> with "ServerName ${host}", let the Host go along as it came, from which the name in the handshake is taken (remove any "RequestHeader set Host"):\nProxyPreserveHost On`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg, in the backend for ${inside}, let the server line end in this, so that the name goes along:\n    server homeserver 127.0.0.1:443 ssl verify none sni req.hdr(host),field(1,:)`,
        "haproxy",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, in the reverse_proxy for ${inside}, inside "transport http { … }", add this, so that the name goes along:\ntls_server_name {http.request.host}`,
        "caddy",
      );
    case "traefik":
      return `In Traefik's dynamic configuration, add this, and give the service for ${inside} the serversTransport "homeserver":\nhttp:\n  serversTransports:\n    homeserver:\n      serverName: ${host}`;
    case "cloudflare":
      return `Cloudflare is in front, and connects with the name ${host}: the server behind it must have that name in the virtual host that answers for ${inside}.`;
    case "litespeed":
    case "iis":
    case "synapse":
    case null:
      return [
        `The proxy that answers for ${host} on port ${port} must send the name in the TLS handshake with the server behind it, for ${inside}. In nginx, beside proxy_pass:`,
        "proxy_ssl_server_name on;",
        "proxy_ssl_name $host;",
        "",
        "In HAProxy, with the address of that server:",
        "    server homeserver 127.0.0.1:443 ssl verify none sni req.hdr(host),field(1,:)",
      ].join("\n");
  }
}

function speakTls(proxy: Proxy | null, { host, port }: Site, inside: string): string {
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl" and "server_name ${host}", in the location for ${inside}, forward to the homeserver's port without TLS (replace 127.0.0.1:8008 with its address):\nproxy_pass http://127.0.0.1:8008;`,
        "nginx",
      );
    default:
      return `The proxy that answers for ${host} on port ${port} must forward ${inside} to the homeserver's port without TLS (Synapse's is 8008), or use TLS for the present port.`;
  }
}
