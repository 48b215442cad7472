/**
 * What the homeserver's host needs to answer federation: a listener for both address families, a certificate with its full chain, and
 * /_matrix forwarded. The snippets are those of `federation.ts` and `certificate.ts`, here put into whole sites. Pure.
 */
import { chainAdvice } from "./certificate.ts";
import { HOMESERVER_NOTE, keepPathEncoded, routeFederation, type Site } from "./federation.ts";
import { haproxyFrontend, SYNAPSE_FILES } from "./plan-server.ts";
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
  /** Something answers with TLS there today; null: not known. */
  answers?: boolean | null;
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
      return synapse(site);
    case "static":
    case null:
      return generic(site);
  }
}

/** What a fix of the other generators says to put where, without its commands. */
export function takenApart(advice: string): Piece {
  const { prose, lines } = configurationOf(advice);
  return { what: prose.replace(/[.:]$/, ""), text: lines.length === 0 ? null : lines.join("\n") };
}

/** What goes into a virtual host that is there, or the whole one; both where it isn't known. */
function either({ answers = null }: HomeserverSite, into: Piece[], whole: Piece): Piece[] {
  if (answers !== null) return answers ? into : [whole];
  return [...into, { ...whole, what: `If there is none for that name and port yet, add this whole one instead. ${whole.what}` }];
}

function nginx(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("nginx", site);
  if (site.shared)
    return either(
      site,
      [
        takenApart(forwarded),
        {
          what: "The same server block must have these lines, once each: both address families, and the certificate with its full chain",
          text: nginxHead(site),
        },
      ],
      {
        what: `In nginx, a file of its own, for example /etc/nginx/conf.d/matrix.conf (${HOMESERVER_NOTE})`,
        text: wholeSite("nginx", site, snippetOf(forwarded), false),
      },
    );
  return [
    {
      what: `In nginx, a file of its own, for example /etc/nginx/conf.d/matrix.conf (${HOMESERVER_NOTE})`,
      text: wholeSite("nginx", site, snippetOf(forwarded), false),
    },
  ];
}

/** Caddy listens on both families by itself. */
function caddy(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("caddy", site);
  const whole = wholeSite("caddy", site, snippetOf(forwarded), site.ownCertificate);
  if (site.shared) return either(site, [takenApart(forwarded)], { what: `In the Caddyfile (${HOMESERVER_NOTE})`, text: whole });
  return [
    {
      what: `In the Caddyfile (${HOMESERVER_NOTE}). Caddy listens on IPv4 and IPv6${site.ownCertificate ? " and gets the certificate by itself" : ""}`,
      text: whole,
    },
  ];
}

/** `Listen` without an address is both families. */
function apache(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("apache", site);
  const whole = wholeSite("apache", site, snippetOf(forwarded), false);
  if (site.shared) {
    return either(
      site,
      [
        takenApart(forwarded),
        {
          what: `The same <VirtualHost *:${site.port}> must have these lines, once each, for the full chain. "Listen ${site.port}" without an address listens on IPv4 and IPv6`,
          text: apacheTls(site),
        },
      ],
      { what: `In Apache, a site of its own, for example /etc/apache2/sites-available/matrix.conf (${HOMESERVER_NOTE})`, text: whole },
    );
  }
  const elsewhere = site.port === 443 ? ' ("Listen 443", which serves IPv4 and IPv6, stands in ports.conf already)' : "";
  return [
    {
      what: `In Apache, a site of its own, for example /etc/apache2/sites-available/matrix.conf${elsewhere} (${HOMESERVER_NOTE})`,
      text: `${site.port === 443 ? "" : `Listen ${site.port}\n`}${whole}`,
    },
  ];
}

function haproxy(site: HomeserverSite): Piece[] {
  const forwarded = routeFederation("haproxy", site);
  if (site.port === 443) {
    const { prose, lines } = haproxyFrontend();
    return [{ what: prose.replace(/:$/, ""), text: lines.join("\n") }, takenApart(forwarded)];
  }
  return [
    {
      what: `In haproxy.cfg, at its end (${HOMESERVER_NOTE})`,
      text: `frontend matrix_federation\n    mode http\n    bind :::${site.port} v4v6 ssl crt /etc/haproxy/certs/${site.host}.pem alpn h2,http/1.1\n${snippetOf(forwarded)}`,
    },
  ];
}

/** Entry points listen on both families by themselves. */
function traefik(site: HomeserverSite): Piece[] {
  const { what, text } = takenApart(routeFederation("traefik", site));
  const resolver = "traefik.http.routers.matrix-federation.tls.certresolver=letsencrypt";
  const labels: Piece = site.ownCertificate
    ? { what: `${what}. Replace letsencrypt with the name of your certificate resolver`, text: `${text}\n${resolver}` }
    : { what, text };
  return [
    ...(site.port === 443
      ? []
      : [
          {
            what: `In Traefik's static configuration, an entry point for port ${site.port}, which its container must publish (ports: "${site.port}:${site.port}")`,
            text: `--entryPoints.matrix-federation.address=:${site.port}`,
          },
        ]),
    labels,
    ...(site.ownCertificate ? [] : [takenApart(chainAdvice("traefik", site.host))]),
    takenApart(keepPathEncoded("traefik", site)),
  ];
}

/** Synapse without a proxy: its own listener has the certificate. On 443 stands a web server, as a rule, which forwards to it. */
function synapse(site: HomeserverSite): Piece[] {
  if (site.port === 443)
    return [
      ...generic(site),
      { what: "In homeserver.yaml, the listener behind it is this one, unless there is one already", text: SYNAPSE_BEHIND },
    ];
  return [
    {
      what: `In homeserver.yaml: Synapse itself presents the certificate of ${site.host}. If there is a listeners line already, put the listener under it`,
      text: `tls_certificate_path: ${SYNAPSE_FILES}/fullchain.pem
tls_private_key_path: ${SYNAPSE_FILES}/privkey.pem
listeners:
  - port: ${site.port}
    type: http
    tls: true
    resources:
      - names: [client, federation]`,
    },
  ];
}

const SYNAPSE_BEHIND = `listeners:
  - port: 8008
    type: http
    tls: false
    x_forwarded: true
    bind_addresses: ['127.0.0.1']
    resources:
      - names: [client, federation]`;

function generic(site: HomeserverSite): Piece[] {
  return [
    takenApart(routeFederation(null, site)),
    { what: `Let it listen on port ${site.port} with TLS, on IPv4 and on IPv6 if ${site.host} has both`, text: null },
    takenApart(chainAdvice(null, site.host)),
  ];
}
