/** Turns TLS on where a port speaks HTTP without it, in the syntax of each proxy. Pure. */
import { isIpLiteral } from "../facts/address.ts";
import { formatHostPort } from "../matrix/server-name.ts";
import { chainAdvice } from "./certificate.ts";
import { caddyAddress, type Site } from "./federation.ts";
import type { Proxy } from "../views/proxy.ts";
import { thenReload } from "./reload.ts";
import { apacheTls, snippetOf } from "./site.ts";

/** `site`: what homeservers connect to on that port; the certificate is taken to be there. */
export function tlsOn(proxy: Proxy | null, site: Site): string {
  const { host: name, port } = site;
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block for ${name}, replace the listen lines for port ${port} by these (the paths are certbot's):\nlisten ${port} ssl;\nlisten [::]:${port} ssl;\n${snippetOf(chainAdvice("nginx", name))}`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `Enable the module:\na2enmod ssl\n\nIn Apache, in <VirtualHost *:${port}> for ${name}, add this (the paths are certbot's):\n${apacheTls(site)}`,
        "apache",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, in the address of the site block that listens on port ${port}, replace "http://${formatHostPort(name, port)}" by "${caddyAddress(site)}".${isIpLiteral(name) ? "" : " Caddy gets the certificate by itself."} An address without a name, such as ":${port}", needs the name as well.`,
        "caddy",
      );
    case "haproxy": {
      // Port 443 is all names'; `:::` with v4v6 is both address families.
      const [crt, stands] =
        port === 443
          ? ["/etc/haproxy/certs/", "the directory with a file for each name: certificate, chain and key"]
          : [`/etc/haproxy/certs/${name}.pem`, "the file that holds certificate, chain and key"];
      return thenReload(
        `In haproxy.cfg, replace the bind line for port ${port} by this (replace ${crt} with ${stands}):\n    bind :::${port} v4v6 ssl crt ${crt}`,
        "haproxy",
      );
    }
    case "traefik":
      return `For Traefik, give the router for ${name} TLS (replace matrix-federation with its name, letsencrypt with the certificate resolver's):\ntraefik.http.routers.matrix-federation.tls=true\ntraefik.http.routers.matrix-federation.tls.certresolver=letsencrypt`;
    default:
      return [
        `Turn on TLS in whatever listens on port ${port} of ${name}, or forward the port to the proxy's TLS port. In nginx, in place of the listen lines for it (the paths are certbot's):`,
        `listen ${port} ssl;`,
        `listen [::]:${port} ssl;`,
        snippetOf(chainAdvice("nginx", name)),
        "",
        `In Apache, in <VirtualHost *:${port}>:`,
        apacheTls(site),
        "",
        "In HAProxy, in place of the bind line for it:",
        `    bind :::${port} v4v6 ssl crt /etc/haproxy/certs/${name}.pem`,
        "",
        "If Synapse itself listens there, in homeserver.yaml, with tls: true in that listener:",
        `tls_certificate_path: "/etc/letsencrypt/live/${name}/fullchain.pem"`,
        `tls_private_key_path: "/etc/letsencrypt/live/${name}/privkey.pem"`,
      ].join("\n");
  }
}
