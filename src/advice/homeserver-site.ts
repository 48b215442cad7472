/**
 * What the homeserver's host needs to answer federation: a listener for both address families, a certificate with its full chain, and
 * /_matrix forwarded. The snippets are those of `federation.ts` and `certificate.ts`, here put into whole sites. Pure.
 */
import { chainAdvice } from "./certificate.ts";
import { HOMESERVER_NOTE, keepPathEncoded, routeFederation, type Site } from "./federation.ts";
import { apacheTls, configurationOf, nginxHead, snippetOf, wholeSite } from "./site.ts";
import type { ServeWith } from "./well-known.ts";

/** One piece of configuration. */
export interface Piece {
  /** Where it belongs and what stands for what; a sentence without its end. */
  what: string;
  /** Nothing but the snippet; null when it depends on a server that isn't known, and `what` says it all. */
  text: string | null;
}

export interface HomeserverSite extends Site {
  /** The web server that serves the well-known file is this very site, so that it is there already. */
  shared: boolean;
  /** The site's name leads to it, so that an ACME client in the proxy can get the certificate. */
  ownCertificate: boolean;
}

/** The configuration of the host where federation is answered. */
export function homeserverSite(using: ServeWith | null, site: HomeserverSite): Piece[] {
  switch (using) {
    case "nginx":
      return nginx(site);
    case "caddy":
      return caddy(site);
    case "apache":
      return apache(site);
    case "haproxy":
      return haproxy(site);
    case "traefik":
      return traefik(site);
    case "synapse":
    case "static":
    case null:
      return [
        takenApart(routeFederation(null, site)),
        { what: `Let it listen on port ${site.port} with TLS, on IPv4 and on IPv6 if ${site.host} has both`, text: null },
        takenApart(chainAdvice(null, site.host)),
      ];
  }
}

/** What a fix of the other generators says to put where, without its commands. */
export function takenApart(advice: string): Piece {
  const { prose, lines } = configurationOf(advice);
  return { what: prose.replace(/[.:]$/, ""), text: lines.length === 0 ? null : lines.join("\n") };
}

function nginx(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("nginx", site);
  if (site.shared)
    return [
      takenApart(forwarded),
      {
        what: "The same server block must have these lines, once each: both address families, and the certificate with its full chain",
        text: nginxHead(site),
      },
    ];
  return [
    {
      what: `In nginx, a file of its own, for example /etc/nginx/conf.d/matrix.conf; then run "nginx -s reload" (${HOMESERVER_NOTE})`,
      text: wholeSite("nginx", site, snippetOf(forwarded), false),
    },
  ];
}

/** Caddy listens on both families by itself. */
function caddy(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("caddy", site);
  if (site.shared) return [takenApart(forwarded)];
  return [
    {
      what: `In the Caddyfile; then run "caddy reload" (${HOMESERVER_NOTE}). Caddy listens on IPv4 and IPv6${site.ownCertificate ? " and gets the certificate by itself" : ""}`,
      text: wholeSite("caddy", site, snippetOf(forwarded), site.ownCertificate),
    },
  ];
}

/** `Listen` without an address is both families. */
function apache(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("apache", site);
  if (site.shared) {
    return [
      takenApart(forwarded),
      {
        what: `The same <VirtualHost *:${site.port}> must have these lines, once each, for the full chain. "Listen ${site.port}" without an address listens on IPv4 and IPv6`,
        text: apacheTls(site),
      },
    ];
  }
  const listen = site.port === 443 ? "" : `Listen ${site.port}\n`;
  const elsewhere = site.port === 443 ? ' ("Listen 443", which serves IPv4 and IPv6, stands in ports.conf already)' : "";
  return [
    {
      what: `In Apache, a site of its own, for example /etc/apache2/sites-available/matrix.conf${elsewhere}; modules ssl, proxy, proxy_http and headers; then run "a2ensite matrix" and "apachectl graceful" (${HOMESERVER_NOTE})`,
      text: `${listen}${wholeSite("apache", site, snippetOf(forwarded), false)}`,
    },
  ];
}

/** One frontend binds a port for all its names: that of 443 is taken to be there. */
function haproxy(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("haproxy", site);
  const certificate = takenApart(chainAdvice("haproxy", site.host));
  if (site.port === 443) {
    return [
      takenApart(forwarded),
      {
        what: "In the same frontend, the bind line has both address families and all certificates of a directory",
        text: "    bind :::443 v4v6 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1",
      },
      certificate,
    ];
  }
  return [
    {
      what: `In haproxy.cfg, at its end; then reload HAProxy (${HOMESERVER_NOTE})`,
      text: `frontend matrix_federation\n    mode http\n    bind :::${site.port} v4v6 ssl crt /etc/haproxy/certs/${site.host}.pem alpn h2,http/1.1\n${snippetOf(forwarded)}`,
    },
    certificate,
  ];
}

/** Entry points listen on both families by themselves. */
function traefik(site: HomeserverSite): Piece[] {
  const { what, text } = takenApart(routeFederation("traefik", site));
  const resolver = "traefik.http.routers.matrix-federation.tls.certresolver=letsencrypt";
  const labels: Piece = site.ownCertificate
    ? { what: `${what}. letsencrypt stands for the name of your certificate resolver`, text: `${text}\n${resolver}` }
    : { what, text };
  return [
    labels,
    ...(site.ownCertificate ? [] : [takenApart(chainAdvice("traefik", site.host))]),
    ...(site.port === 443
      ? []
      : [
          {
            what: `In Traefik's static configuration, an entry point for port ${site.port}, which its container must publish (ports: "${site.port}:${site.port}")`,
            text: `--entryPoints.matrix-federation.address=:${site.port}`,
          },
        ]),
    takenApart(keepPathEncoded("traefik", site)),
  ];
}
