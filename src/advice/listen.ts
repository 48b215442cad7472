/** Lets a server listen on a port, in the syntax of each. Pure. */
import type { Proxy } from "../views/proxy.ts";
import { caddyAddress, type Site } from "./federation.ts";
import { thenReload } from "./reload.ts";

/** `said`: a sentence without its end. A proxy that isn't known is taken for nginx, as an example. */
export function listenOn(said: string, proxy: Proxy | null, site: Site, family: 4 | 6 | null): string {
  const { host, port } = site;
  switch (proxy) {
    case "apache":
      return `${said}. In Apache, replace the Listen line for that port by this, if there is one, then stop Apache and start it, since a reload can't do that:\nListen ${port}`;
    case "haproxy":
      return family === 6
        ? thenReload(`${said}. In haproxy.cfg, replace "bind :${port}" by "bind :::${port} v4v6".`, "haproxy")
        : thenReload(
            `${said}. In haproxy.cfg, in the frontend, add this (replace the file with that of the certificate, its chain and key):\n    bind :::${port} v4v6 ssl crt /etc/haproxy/certs/${host}.pem`,
            "haproxy",
          );
    case "caddy":
      return family === null
        ? thenReload(
            `${said}. In the Caddyfile, write "${caddyAddress(site)}" beside the address of the site block of ${host}, separated by a comma.`,
            "caddy",
          )
        : `${said}. Caddy does so by itself, unless the site block has a bind line: remove it.`;
    case "litespeed":
    case "iis":
    case "synapse":
    case "traefik":
    case "cloudflare":
      return `${said}.`;
    case "nginx":
    case null: {
      const lines = [...(family === 6 ? [] : [`listen ${port} ssl;`]), ...(family === 4 ? [] : [`listen [::]:${port} ssl;`])];
      return thenReload(`${said}. In nginx, in the server block with "server_name ${host}":\n${lines.join("\n")}`, "nginx");
    }
  }
}
