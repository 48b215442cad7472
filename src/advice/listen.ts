/** Lets a server listen on a port, in the syntax of each. Pure. */
import type { Proxy } from "../views/proxy.ts";
import { caddyAddress, type Site } from "./federation.ts";
import { thenReload } from "./reload.ts";

/** `said`: a sentence without its end. A proxy that isn't known gets the lines of each. */
export function listenOn(said: string, proxy: Proxy | null, site: Site, family: 4 | 6 | null): string {
  const { host, port } = site;
  switch (proxy) {
    case "apache":
      return `${said}. In Apache, in place of the Listen line for that port; then stop it and start it, since a reload can't do that:\nListen ${port}`;
    case "haproxy":
      return thenReload(inHaproxy(`${said}. In haproxy.cfg`, site, family, ""), "haproxy");
    case "caddy":
      return family === null
        ? thenReload(
            `${said}. In the Caddyfile, write "${caddyAddress(site)}" beside the address of the site block of ${host}, separated by a comma.`,
            "caddy",
          )
        : `${said}. Caddy does so by itself, unless the site block has a bind line: remove it.`;
    case "litespeed":
    case "iis":
    case "traefik":
    case "cloudflare":
      return `${said}.`;
    case "nginx":
      return thenReload(`${said}. ${inNginx(site, family)}`, "nginx");
    // Its Server field is what HAProxy and others pass on.
    case "synapse":
    case null:
      return [
        `${said}. ${inNginx(site, family)}`,
        "",
        "In Apache, in place of the Listen line for that port; then stop it and start it, since a reload can't do that:",
        `Listen ${port}`,
        "",
        inHaproxy("In HAProxy", site, family, ", and reload it"),
      ].join("\n");
  }
}

/** `bind :443` listens on IPv4 alone, and `bind :::443 v4v6` on both. */
function inHaproxy(where: string, { host, port }: Site, family: 4 | 6 | null, reload: string): string {
  return family === 6
    ? `${where}, replace "bind :${port}" by "bind :::${port} v4v6"${reload}.`
    : `${where}, add this to the frontend${reload} (replace the file with that of the certificate, its chain and key):\n    bind :::${port} v4v6 ssl crt /etc/haproxy/certs/${host}.pem`;
}

function inNginx({ host, port }: Site, family: 4 | 6 | null): string {
  const lines = [...(family === 6 ? [] : [`listen ${port} ssl;`]), ...(family === 4 ? [] : [`listen [::]:${port} ssl;`])];
  return `In nginx, in the server block with "server_name ${host}":\n${lines.join("\n")}`;
}

/** Something listens there already, and ends each connection before it has answered. */
export function droppedAdvice(host: string, port: number): string {
  return `Look into the error log of the web server on port ${port} of ${host}, at the time of this check: a backend, a module or a filter there ends the connection.`;
}
