/**
 * What is to be done at a web server or proxy, step by step, so that it can be pasted in this order: something that loads without a
 * certificate and answers the CA's challenge, the certificate, modules, reload, the well-known file. Pure.
 */
import type { FixPart } from "../views/fix-parts.ts";
import { chainAdvice } from "./certificate.ts";
import { indented, snippetOf, wholeSite } from "./site.ts";
import { createFile, serveWellKnown, synapseCanServe, wellKnownFile, wellKnownSnippet, type ServeWith } from "./well-known.ts";

/** Where certbot leaves the answers to HTTP challenges; Apache on Debian lets everybody read what is below /var/www. */
const CHALLENGES = "/var/www/letsencrypt";
/** On which certbot answers behind HAProxy. */
const CHALLENGE_PORT = 8888;

/** Makes the server take over what was written: its own check first. */
const RELOADS = {
  nginx: ["nginx -t", "nginx -s reload"],
  apache: ["apachectl configtest", "apachectl graceful"],
  caddy: ["caddy validate --config /etc/caddy/Caddyfile", "caddy reload --config /etc/caddy/Caddyfile"],
  haproxy: ["haproxy -c -f /etc/haproxy/haproxy.cfg", "systemctl reload haproxy"],
} as const;

/** After a renewal. */
const AFTER_RENEWAL = { nginx: "nginx -s reload", apache: "apachectl graceful" } as const;

/** Private keys stand in it. */
const HAPROXY_FILES = "install -d -m 700 /etc/haproxy/certs";

/** A certificate that is to be got. */
export interface Order {
  /** A DNS name. */
  name: string;
  /** The name leads to the host where the certificate is needed, so that a challenge over HTTP gets there. */
  leadsHere: boolean;
}

/** The way to certificates for these names; none for no name. */
export function certificateParts(using: ServeWith | null, orders: readonly Order[]): FixPart[] {
  const here = orders.filter(({ leadsHere }) => leadsHere).map(({ name }) => name);
  const elsewhere = orders.filter(({ leadsHere }) => !leadsHere).map(({ name }) => name);
  return [...(here.length > 0 ? byHttp(using, here) : []), ...elsewhere.flatMap((name) => byDns(using, name))];
}

function byHttp(using: ServeWith | null, names: readonly string[]): FixPart[] {
  const several = names.length > 1;
  const present = several
    ? "has one of these names on port 80 already, give it the inner lines, and leave that name out here"
    : "has that name on port 80 already, give it the inner lines instead";
  const get = several ? "Get the certificates" : "Get the certificate";
  switch (using) {
    case "nginx":
      return [
        {
          prose: `In nginx, a file of its own, for example /etc/nginx/conf.d/matrix-acme.conf. It loads without any certificate, and answers the CA's challenge over HTTP. If a server block ${present}:`,
          lines: [
            "server {",
            "    listen 80;",
            "    listen [::]:80;",
            `    server_name ${names.join(" ")};`,
            "    location ^~ /.well-known/acme-challenge/ {",
            `        root ${CHALLENGES};`,
            "    }",
            "}",
          ],
        },
        { prose: "Load it:", lines: [`mkdir -p ${CHALLENGES}`, ...RELOADS.nginx] },
        { prose: `${get}; renewals come by themselves:`, lines: names.map((name) => webroot(name, AFTER_RENEWAL.nginx)) },
      ];
    case "apache":
      return [
        {
          prose: `In Apache, a site of its own, for example /etc/apache2/sites-available/matrix-acme.conf. It loads without any certificate, and answers the CA's challenge over HTTP. If a virtual host ${present}:`,
          lines: [
            "<VirtualHost *:80>",
            `    ServerName ${names[0] ?? ""}`,
            ...(several ? [`    ServerAlias ${names.slice(1).join(" ")}`] : []),
            `    DocumentRoot ${CHALLENGES}`,
            "</VirtualHost>",
          ],
        },
        { prose: "Load it:", lines: [`mkdir -p ${CHALLENGES}`, "a2ensite matrix-acme", ...RELOADS.apache] },
        { prose: `${get}; renewals come by themselves:`, lines: names.map((name) => webroot(name, AFTER_RENEWAL.apache)) },
      ];
    case "haproxy":
      return [
        {
          prose:
            "In haproxy.cfg, at its end. It loads without any certificate, and hands the CA's challenge over HTTP to certbot. If a frontend binds port 80 already, give it the use_backend line, as its first one, and add only the backend:",
          lines: [
            "frontend matrix_http",
            "    mode http",
            "    bind :::80 v4v6",
            "    use_backend matrix_certbot if { path_beg /.well-known/acme-challenge/ }",
            "backend matrix_certbot",
            "    mode http",
            `    server certbot 127.0.0.1:${CHALLENGE_PORT}`,
          ],
        },
        { prose: "Load it:", lines: [HAPROXY_FILES, ...RELOADS.haproxy] },
        {
          prose: `${get}. HAProxy wants certificate, chain and key in one file, which this makes now and after each renewal:`,
          lines: names.map(
            (name) =>
              `certbot certonly --standalone --http-01-address 127.0.0.1 --http-01-port ${CHALLENGE_PORT} ${named(name)} --deploy-hook "${oneFile(name)} && ${RELOADS.haproxy[1]}"`,
          ),
        },
      ];
    case "caddy":
      return [
        {
          prose: `Nothing to do: Caddy gets ${several ? "them" : "it"} by itself once DNS leads to it and ports 80 and 443 are open to everybody.`,
          lines: [],
        },
      ];
    case "traefik":
      return [
        {
          prose:
            "In Traefik's static configuration (as arguments of its container), a certificate resolver, if there is none yet. Replace you@example.com with your address; /letsencrypt must be a volume, and port 443 open to everybody:",
          lines: [
            "--entryPoints.websecure.address=:443",
            "--certificatesResolvers.letsencrypt.acme.email=you@example.com",
            "--certificatesResolvers.letsencrypt.acme.storage=/letsencrypt/acme.json",
            "--certificatesResolvers.letsencrypt.acme.tlsChallenge=true",
          ],
        },
      ];
    case "synapse":
    case "static":
    case null:
      return [
        {
          prose: `${get} of a CA that everybody trusts. With certbot, while nothing else listens on port 80 (otherwise replace --standalone by --webroot -w and the directory of the site):`,
          lines: names.map((name) => `certbot certonly --standalone ${named(name)}`),
        },
      ];
  }
}

/** Synapse's own listener presents it: its user can't read what certbot leaves, so that it gets a copy, now and after each renewal. */
export function synapseCertificate(name: string): FixPart {
  const live = `/etc/letsencrypt/live/${name}`;
  return {
    prose: `Get the certificate of ${name}, while nothing else listens on port 80. Synapse's user gets a copy that it can read, now and after each renewal:`,
    lines: [
      `certbot certonly --standalone ${named(name)} --deploy-hook "install -o matrix-synapse -m 400 ${live}/fullchain.pem ${live}/privkey.pem ${SYNAPSE_FILES}/ && systemctl restart matrix-synapse"`,
    ],
  };
}

export const SYNAPSE_FILES = "/etc/matrix-synapse";

/** The name leads to another host: only what stands in DNS can prove it. */
function byDns(using: ServeWith | null, name: string): FixPart[] {
  const parts: FixPart[] = [
    {
      prose: `${name} may lead to another host, so that the CA's challenge goes to DNS: this asks for a TXT record of _acme-challenge.${name} (certbot's plug-in for your DNS provider does that, and renewals, by itself):`,
      lines: [`certbot certonly --manual --preferred-challenges dns ${named(name)}`],
    },
  ];
  if (using === "haproxy")
    parts.push({ prose: "HAProxy wants certificate, chain and key in one file:", lines: [HAPROXY_FILES, oneFile(name)] });
  if (using === "caddy") parts.push({ prose: "Caddy's user must be able to read the files:", lines: readableFor("caddy", name) });
  return parts;
}

function webroot(name: string, hook: string): string {
  return `certbot certonly --webroot -w ${CHALLENGES} ${named(name)} --deploy-hook "${hook}"`;
}

function named(name: string): string {
  return `--cert-name ${name} -d ${name}`;
}

function oneFile(name: string): string {
  return snippetOf(chainAdvice("haproxy", name));
}

/** certbot keeps group and mode over renewals. */
function readableFor(group: string, name: string): string[] {
  const key = `/etc/letsencrypt/live/${name}/privkey.pem`;
  return ["chmod 755 /etc/letsencrypt/live /etc/letsencrypt/archive", `chgrp ${group} ${key}`, `chmod 640 ${key}`];
}

/** Apache alone has parts that are there and not loaded. */
export function moduleParts(using: ServeWith | null): FixPart[] {
  return using === "apache" ? [{ prose: "Enable what the configuration needs:", lines: ["a2enmod ssl proxy_http headers"] }] : [];
}

type Changed = "homeserver" | "well-known";

/** Makes the server take over its changed configuration. `isOwnSite`: the homeserver's site is a file of its own. */
export function reloadParts(
  using: ServeWith | null,
  changed: Changed,
  { port, isOwnSite }: { port: number; isOwnSite: boolean },
): FixPart[] {
  switch (using) {
    case "nginx":
    case "haproxy":
    case "caddy":
      return [{ prose: "Check it, and load it:", lines: [...RELOADS[using]] }];
    case "apache":
      return [
        {
          prose: "Check it, and load it:",
          lines: [...(changed === "homeserver" && isOwnSite ? ["a2ensite matrix"] : []), ...RELOADS.apache],
        },
      ];
    case "traefik":
      return changed === "homeserver"
        ? [{ prose: "Start Traefik and the homeserver's container with what was added:", lines: ["docker compose up -d"] }]
        : [{ prose: "Start the small nginx that answers behind Traefik:", lines: ["docker compose up -d matrix-well-known"] }];
    case "synapse":
      return [
        {
          prose: port === 443 ? "Restart Synapse, and reload the web server in front of it:" : "Restart Synapse:",
          lines: ["systemctl restart matrix-synapse"],
        },
      ];
    case "static":
    case null:
      return changed === "homeserver" ? [{ prose: "Reload the web server or proxy.", lines: [] }] : [];
  }
}

export interface Published {
  serverName: string;
  /** The value of `m.server`, and the port to which it leads. */
  target: string;
  port: number;
  /** The homeserver's site is the one that serves the file. */
  shared: boolean;
  /** https://<server name> answers today; null: not known. */
  answers: boolean | null;
}

/** One frontend binds a port for all its names. What is pasted after it goes on where it ends. */
export function haproxyFrontend(): FixPart {
  return {
    prose:
      "In haproxy.cfg, a frontend that binds port 443, at the end of the file; if there is one already, only its bind line must be as here: it presents the certificates of all names, on IPv4 and IPv6:",
    lines: ["frontend https", "    mode http", "    bind :::443 v4v6 ssl crt /etc/haproxy/certs/ alpn h2,http/1.1"],
  };
}

/** The file, at https://<server name>. */
export function publishParts(using: ServeWith | null, published: Published): FixPart[] {
  const { serverName, target, port, shared, answers } = published;
  const file = wellKnownFile(target);
  switch (using) {
    case null:
      return [
        {
          prose: `Let https://${serverName}/.well-known/matrix/server answer 200 with Content-Type: application/json and this body:`,
          lines: [file],
        },
      ];
    case "nginx":
    case "apache": {
      const [into, ...others] = serveWellKnown(using, serverName, target)
        .split("\n\n")
        .filter((paragraph) => !/^Then reload /.test(paragraph))
        .map(part);
      const parts = [into, ...others].filter((each) => each !== undefined);
      if (shared || answers === true) return parts;
      const whole: FixPart = {
        prose: `${using === "nginx" ? "In nginx, a file of its own, for example /etc/nginx/conf.d/matrix-well-known.conf" : "In Apache, a site of its own, for example /etc/apache2/sites-available/matrix-well-known.conf, then a2ensite matrix-well-known"}:`,
        lines: wholeSite(using, { host: serverName, port: 443 }, wellKnownSnippet(using, target), false).split("\n"),
      };
      const before = using === "apache" ? [part(createFile(target))] : [];
      if (answers === false) return [...before, whole];
      return [...parts, { ...whole, prose: `If nothing serves https://${serverName}/ yet, add this whole one instead. ${whole.prose}` }];
    }
    case "caddy":
      if (shared)
        return [
          {
            prose: `In the Caddyfile, in the site block of ${serverName}, beside "handle /_matrix/*", add:`,
            lines: indented(wellKnownSnippet("caddy", target)).replaceAll("    ", "\t").split("\n"),
          },
        ];
      if (answers === false)
        return [
          {
            prose: "In the Caddyfile, add:",
            lines: wholeSite("caddy", { host: serverName, port: 443 }, wellKnownSnippet("caddy", target), true).split("\n"),
          },
        ];
      return [part(serveWellKnown("caddy", serverName, target).split("\n\nThen reload ")[0] ?? "")];
    case "haproxy":
      return [
        ...(port === 443 || answers === true ? [] : [haproxyFrontend()]),
        part(serveWellKnown("haproxy", serverName, target).split("\n\nThen reload ")[0] ?? ""),
      ];
    case "traefik": {
      const { prose, lines } = part(serveWellKnown("traefik", serverName, target).split("\n\nThen start ")[0] ?? "");
      const tls = "      - traefik.http.routers.matrix-well-known.tls=true";
      const resolver = "      - traefik.http.routers.matrix-well-known.tls.certresolver=letsencrypt";
      return [
        {
          prose: prose.replace(/\)(?=:$)/, ", letsencrypt with your certificate resolver's)"),
          lines: lines.flatMap((line) => (line === tls ? [tls, resolver] : [line])),
        },
      ];
    }
    case "synapse":
      if (!synapseCanServe(serverName, target))
        return [
          {
            prose: `Leave serve_server_wellknown off: Synapse can only announce ${serverName}:443, whatever public_baseurl says, and this is ${target}. Publish a file in the web server of ${serverName} instead.`,
            lines: [],
          },
          ...publishParts("static", published),
        ];
      return [
        {
          prose: `Synapse announces its server_name with port 443, ${serverName}:443, whatever public_baseurl says. That is right only if https://${serverName}/ leads to this Synapse, for /.well-known/matrix/server and for /_matrix; otherwise plan --with static prints a file for another host.`,
          lines: [],
        },
        part(serveWellKnown("synapse", serverName, target).split("\n\nThen restart ")[0] ?? ""),
      ];
    case "static":
      return [
        part(serveWellKnown("static", serverName, target)),
        {
          prose: "Only for GitHub Pages and others that run Jekyll, which leaves out directories that begin with a dot:",
          lines: ["touch .nojekyll"],
        },
        {
          prose:
            "Only for Cloudflare Pages and Netlify: a file _headers in the same directory gives the Content-Type, which homeservers don't insist on:",
          lines: ["/.well-known/matrix/server", "  Content-Type: application/json"],
        },
      ];
  }
}

function part(paragraph: string): FixPart {
  const [prose = "", ...lines] = paragraph.split("\n");
  return { prose, lines };
}
