/**
 * How a server comes to present a certificate that covers a name: the certificate, and a virtual host that has it. In the syntax of each
 * proxy. Pure.
 */
import { getDomain } from "../facts/public-suffix-list.ts";
import type { CertificateFacts } from "../facts/facts.ts";
import { certbotFiles } from "./certificate.ts";
import { caddyAddress, HOMESERVER_NOTE, routeFederation, type Site } from "./federation.ts";
import type { Proxy } from "../views/proxy.ts";
import { thenReload } from "./reload.ts";
import { snippetOf, wholeSite } from "./site.ts";
import { createFile, wellKnownSnippet } from "./well-known.ts";

/** What a virtual host that isn't there yet would hold. */
type Holds = (using: "nginx" | "caddy" | "apache") => {
  text: string;
  /** What stands for what in it, behind a semicolon; or empty. */
  note: string;
  /** A paragraph that must be done first; or empty. */
  before: string;
};

/** At the homeserver's host. A certificate that covers the site's host besides the names of the present one, `leaf`. */
export function nameAdvice(proxy: Proxy | null, host: string, isIp: boolean, leaf: CertificateFacts | null, port: number): string {
  return certificateAdvice(proxy, { host, port }, isIp, leaf, (using) => ({
    text: snippetOf(routeFederation(using, { host, port })),
    note: `; ${HOMESERVER_NOTE}`,
    before: "",
  }));
}

/** At a host that serves the well-known file of `serverName`. `target`: the value of `m.server`, as far as it is known. */
export function wellKnownNameAdvice(
  proxy: Proxy | null,
  site: Site,
  isIp: boolean,
  leaf: CertificateFacts | null,
  serverName: string,
  target: string | null,
): string {
  const value = target ?? `matrix.${serverName}:443`;
  const note = target === null ? `; replace ${value} with your homeserver's host and port` : "";
  return certificateAdvice(proxy, site, isIp, leaf, (using) => ({
    text: wellKnownSnippet(using, value),
    note,
    before: using === "apache" ? `${createFile(value)}\n\n` : "",
  }));
}

function certificateAdvice(proxy: Proxy | null, site: Site, isIp: boolean, leaf: CertificateFacts | null, holds: Holds): string {
  const { host, port } = site;
  if (isIp) {
    return `Get a certificate with the IP address ${host} as a subjectAltName of type iPAddress; few CAs issue such certificates. A DNS name in its place would avoid this: m.server can be changed at once, a server name can't be changed later.`;
  }
  const names = [host, ...ownNames(host, leaf)].map((each) => `-d ${each}`).join(" ");
  switch (proxy) {
    // certbot's own installers give up where no virtual host has the name, which is what a wrong certificate mostly means.
    case "nginx": {
      const { text, note } = holds("nginx");
      return thenReload(
        `Get a certificate of a public CA that covers ${host}:\ncertbot certonly --nginx --cert-name ${host} ${names}\n\nAdd this to nginx (if there is a server block with "listen ${port} ssl" and "server_name ${host}" already, give it only the ssl_certificate lines${note}):\n${wholeSite("nginx", site, text, false)}`,
        "nginx",
      );
    }
    case "apache": {
      const { text, note, before } = holds("apache");
      return thenReload(
        `Get a certificate of a public CA that covers ${host}:\ncertbot certonly --apache --cert-name ${host} ${names}\n\nEnable the modules:\na2enmod ssl proxy_http headers\n\n${before}Add this to Apache (if there is a <VirtualHost *:${port}> with "ServerName ${host}" already, give it only the SSLCertificate lines${note}):\n${wholeSite("apache", site, text, false)}`,
        "apache",
      );
    }
    case "caddy": {
      const { text, note } = holds("caddy");
      return thenReload(
        `In the Caddyfile, add this site block; Caddy gets the certificate for its address by itself (if there is already one for "${caddyAddress(site)}", only remove its tls line${note}):\n${wholeSite("caddy", site, text, true)}`,
        "caddy",
      );
    }
    case "traefik":
      return `For Traefik, give the router Host(\`${host}\`) a certificate (replace letsencrypt with the name of your certificate resolver, matrix with the router's):\ntraefik.http.routers.matrix.rule=Host(\`${host}\`)\ntraefik.http.routers.matrix.tls.certresolver=letsencrypt`;
    case "cloudflare":
      return `In Cloudflare's dashboard, order an edge certificate that covers ${host} (the free one covers the domain and one level below it), or switch the DNS record of ${host} to "DNS only" and put the certificate on your own server.`;
    default:
      return `Get a certificate of a public CA that covers ${host}. Configure it in the server on port ${port} for that name, and reload that server. With certbot the files are ${certbotFiles(host)}. This command gets them:\ncertbot certonly --cert-name ${host} ${names}`;
  }
}

/** Only the owner's own names: a certificate of somebody else's site can't be extended. */
function ownNames(host: string, leaf: CertificateFacts | null): string[] {
  const domain = getDomain(host);
  return (leaf?.dnsNames ?? [])
    .filter(
      (each) =>
        /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(each) &&
        each.toLowerCase() !== host.toLowerCase() &&
        domain !== null &&
        getDomain(each) === domain,
    )
    .slice(0, 10);
}
