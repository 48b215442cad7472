/** A whole virtual host for a name: it listens, has a certificate with its chain, and holds what it is there for. Pure. */
import { formatHostPort } from "../matrix/server-name.ts";
import { fixParts, type FixPart } from "../views/fix-parts.ts";
import { chainAdvice } from "./certificate.ts";
import { caddyAddress, type Site } from "./federation.ts";

const COMMAND = /^(a2enmod|certbot|mkdir|nginx|apachectl|caddy|systemctl) /;

/** The paragraph of an advice that says what to put where, without commands; the first one when it is prose alone. */
export function configurationOf(advice: string): FixPart {
  const parts = fixParts(advice);
  return parts.find(({ lines }) => lines[0] !== undefined && !COMMAND.test(lines[0])) ?? parts[0] ?? { prose: "", lines: [] };
}

/** The configuration alone; empty for prose alone. */
export function snippetOf(advice: string): string {
  return configurationOf(advice).lines.join("\n");
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
      return `server {\n${indented(`${nginxHead(site)}\n${inside}`)}\n}`;
    case "caddy": {
      const certificate = ownCertificate ? "" : `${snippetOf(chainAdvice("caddy", host))}\n`;
      // As "caddy fmt" would have it.
      return `${caddyAddress(site)} {\n${indented(`${certificate}${inside}`)}\n}`.replaceAll("    ", "\t");
    }
    case "apache": {
      // It takes no IPv6 literal; the first virtual host of a port is the one for names that none has.
      const name = host.includes(":") ? "" : `ServerName ${host}\n`;
      return `<VirtualHost *:${port}>\n${indented(`${name}${apacheTls(site)}\n${inside}`)}\n</VirtualHost>`;
    }
  }
}
