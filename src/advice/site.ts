/** A whole virtual host for a name: it listens, has a certificate with its chain, and holds what it is there for. Pure. */
import { formatHostPort } from "../matrix/server-name.ts";
import { chainAdvice } from "./certificate.ts";
import { caddyAddress, type Site } from "./federation.ts";

/** What of an advice stands below the line that says where it belongs; empty for prose alone. */
export function snippetOf(advice: string): string {
  const end = advice.indexOf("\n");
  return end === -1 ? "" : advice.slice(end + 1);
}

export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}

/** The lines of an nginx server block that make it answer for the site, on both address families. */
export function nginxHead({ host, port }: Site): string {
  return `listen ${port} ssl;\nlisten [::]:${port} ssl;\nserver_name ${formatHostPort(host, null)};\n${snippetOf(chainAdvice("nginx", host))}`;
}

/** The lines of an Apache virtual host that give it TLS. */
export function apacheTls({ host }: Site): string {
  return `SSLEngine on\n${snippetOf(chainAdvice("apache", host))}`;
}

/**
 * `inside`: a snippet. `ownCertificate`: the site's name leads to it, so that Caddy gets the certificate by itself; the others name
 * certbot's files.
 */
export function wholeSite(using: "nginx" | "caddy" | "apache", site: Site, inside: string, ownCertificate: boolean): string {
  const { host, port } = site;
  switch (using) {
    case "nginx":
      return `server {\n${indented(`${nginxHead(site)}\n\n${inside}`)}\n}`;
    case "caddy": {
      const certificate = ownCertificate ? "" : `${snippetOf(chainAdvice("caddy", host))}\n`;
      // As "caddy fmt" would have it.
      return `${caddyAddress(site)} {\n${indented(`${certificate}${inside}`)}\n}`.replaceAll("    ", "\t");
    }
    case "apache": {
      // It takes no IPv6 literal; the first virtual host of a port is the one for names that none has.
      const name = host.includes(":") ? "" : `ServerName ${host}\n`;
      return `<VirtualHost *:${port}>\n${indented(`${name}${apacheTls(site)}\n\n${inside}`)}\n</VirtualHost>`;
    }
  }
}
