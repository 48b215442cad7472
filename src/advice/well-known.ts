/**
 * What to publish for a delegation by well-known: the file itself, and for each proxy the configuration that serves it.
 * Pure. Server name and target must be valid server names (Matrix Appendices, "Server Name"): nothing in those needs escaping anywhere
 * here.
 */

import type { FoundHomeserver } from "../facts/facts.ts";
import { formatHostPort } from "../matrix/server-name.ts";
import { thenReload } from "./reload.ts";

/** What serves `https://<server name>/`. `static` is any web server or host that serves files from a directory. */
export type ServeWith = (typeof SERVE_WITH)[number];
export const SERVE_WITH = ["nginx", "caddy", "apache", "haproxy", "traefik", "synapse", "static"] as const;

/** The body of `/.well-known/matrix/server`, without a final line feed. `target` is the value of `m.server`. */
export function wellKnownFile(target: string): string {
  return `{"m.server": ${JSON.stringify(target)}}`;
}

/** Synapse can only announce its own server name, with port 443 when the name has none (`serve_server_wellknown`). */
export function synapseCanServe(serverName: string, target: string): boolean {
  return target.toLowerCase() === `${serverName}:443`.toLowerCase();
}

/** The proxy's syntax, or plain files for whatever isn't one of those that are known here. */
export function serveWith(proxy: string | null): ServeWith {
  return proxy === "nginx" || proxy === "caddy" || proxy === "apache" || proxy === "haproxy" || proxy === "traefik" ? proxy : "static";
}

/**
 * A fix that makes `https://<serverName>/.well-known/matrix/server` answer 200 with the file as application/json. With `synapse` and a
 * target that Synapse can't announce it is the static file.
 */
export function serveWellKnown(using: ServeWith, serverName: string, target: string): string {
  const file = wellKnownFile(target);
  switch (using) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block of ${serverName} that has "listen 443 ssl", add:\n${wellKnownSnippet(using, target)}`,
        "nginx",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, make the site block of ${serverName} this, with what it holds today in place of the comment:
${serverName} {
${wellKnownSnippet(using, target).replace(/^(?=.)/gm, "\t")}
\thandle {
\t\t# what the block of ${serverName} holds today, except tls, bind and log, which stay outside
\t}
}`,
        "caddy",
      );
    case "apache":
      return thenReload(
        `${createFile(target)}

In Apache, in <VirtualHost *:443> of ${serverName}, above every ProxyPass and RewriteRule, add:
${wellKnownSnippet(using, target)}

If a line "Redirect permanent / …" stands there, it would win: put this in its place, with the address to which it leads instead of https://www.${serverName}/:
RedirectMatch permanent "^/(?!\\.well-known/matrix/)(.*)$" "https://www.${serverName}/$1"`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg (HAProxy 2.2 or later), in the frontend that binds port 443, put this above its other http-request lines:
    http-request return status 200 content-type "application/json" string '${file}' if { path /.well-known/matrix/server } { hdr(host),field(1,:) -i ${serverName} }`,
        "haproxy",
      );
    case "traefik":
      // Traefik answers nothing by itself, so a small nginx does. Its longer rule wins over Host(`…`) alone.
      return `In compose.yaml, add this (replace websecure with the name of your entry point for port 443):
services:
  matrix-well-known:
    image: nginx:alpine
    restart: unless-stopped
    configs:
      - source: matrix-well-known
        target: /etc/nginx/conf.d/default.conf
    labels:
      - traefik.enable=true
      - traefik.http.routers.matrix-well-known.rule=Host(\`${serverName}\`) && Path(\`/.well-known/matrix/server\`)
      - traefik.http.routers.matrix-well-known.entrypoints=websecure
      - traefik.http.routers.matrix-well-known.tls=true
      - traefik.http.services.matrix-well-known.loadbalancer.server.port=80
configs:
  matrix-well-known:
    content: |
      server {
        listen 80;
        location = /.well-known/matrix/server {
          default_type application/json;
          return 200 '${file}';
        }
      }

Then start it:
docker compose up -d matrix-well-known`;
    case "synapse":
      if (!synapseCanServe(serverName, target)) return serveWellKnown("static", serverName, target);
      return `In homeserver.yaml, add this (https://${serverName}/.well-known/matrix/server must be forwarded to a listener that has the "client" resource):
serve_server_wellknown: true

Then restart Synapse:
systemctl restart matrix-synapse`;
    case "static":
      return `In the directory that is served as https://${serverName}/:
mkdir -p .well-known/matrix
printf '%s' '${file}' > .well-known/matrix/server`;
  }
}

/** Apache has no answer of its own: the file that its snippet serves. */
export function createFile(target: string): string {
  return `Create the file:
mkdir -p /var/www/matrix-well-known
printf '%s' '${wellKnownFile(target)}' > /var/www/matrix-well-known/server`;
}

/** What serves the file inside the virtual host of the server name. */
export function wellKnownSnippet(using: "nginx" | "caddy" | "apache", target: string): string {
  const file = wellKnownFile(target);
  switch (using) {
    case "nginx":
      // The exact location wins over a deny rule for dotfiles; `return` comes before auth_basic. Without an extension default_type decides.
      return `location = /.well-known/matrix/server {
    default_type application/json;
    return 200 '${file}';
}`;
    case "caddy":
      // redir and basic_auth of the site itself run before every handle; handle blocks exclude each other.
      return `handle /.well-known/matrix/server {
	header Content-Type application/json
	respond \`${file}\` 200
}`;
    case "apache":
      // <If> is merged last, after any <LocationMatch> that denies dotfiles or asks for a login. mod_proxy and mod_rewrite go by order;
      // mod_alias tries every Redirect before any Alias, wherever they stand.
      return `<IfModule mod_proxy.c>
    ProxyPass "/.well-known/matrix/server" "!"
</IfModule>
<IfModule mod_rewrite.c>
    RewriteEngine On
    RewriteRule "^/\\.well-known/matrix/server$" "-" [END]
</IfModule>
Alias "/.well-known/matrix/server" "/var/www/matrix-well-known/server"
<Directory "/var/www/matrix-well-known">
    Require all granted
    ForceType application/json
</Directory>
<If "%{REQUEST_URI} == '/.well-known/matrix/server'">
    Require all granted
</If>`;
  }
}

/**
 * The whole advice: what to publish, and how with that proxy. Without a target that is known, `matrix.<serverName>:443` stands for it and
 * is said to be an example. A homeserver that was found may need another certificate first.
 */
export function publishAdvice(
  serverName: string,
  target: string | FoundHomeserver | null,
  proxy: string | null,
  host = serverName,
): string {
  if (target !== null && typeof target !== "string") {
    const where = formatHostPort(target.host, target.targetPort);
    return `${target.server.name} answers at ${where}. ${certificateFirst(target)}${publishAdvice(serverName, where, proxy, host)}`;
  }
  const value = target ?? `matrix.${serverName}:443`;
  const example = target === null ? `, with your homeserver's host and port in place of ${value}` : "";
  const redirected = host === serverName ? "" : `, to which ${serverName} redirects`;
  return `Publish https://${host}/.well-known/matrix/server${redirected}${example}. ${serveWellKnown(serveWith(proxy), host, value)}`;
}

/** A sentence, with a space behind it, for what must be done before anything names that place; empty when nothing must. */
export function certificateFirst({ certificateGood, host, targetPort }: FoundHomeserver): string {
  return certificateGood
    ? ""
    : `First get a certificate of a public CA that covers ${host} for port ${targetPort} there: homeservers refuse the present one. `;
}

/** The file's new content, which is to be pasted. */
export function correctFile(url: string, value: string): string {
  return `Change the file at ${url} to this:\n${wellKnownFile(value)}`;
}

/** How the path is kept away from what intercepts it (a redirect, a login, a filter), in the words of the proxy, and published. */
export function exemptAndPublish(
  what: string,
  serverName: string,
  target: string | FoundHomeserver | null,
  proxy: string | null,
  host = serverName,
): string {
  return `${what}: ${exemption(proxy)}. ${publishAdvice(serverName, target, proxy, host)}`;
}

function exemption(proxy: string | null): string {
  switch (proxy) {
    case "nginx":
      return 'an exact "location = /.well-known/matrix/server" has priority over every other location; a "return" or "rewrite" that stands in the server block itself must move into "location / { … }"';
    case "caddy":
      return 'put the file into "handle /.well-known/matrix/server { … }" and everything else of the site, redir and basic_auth included, into "handle { … }"';
    case "apache":
      return "the lines below must stand before all rewrite rules";
    case "haproxy":
      return "the line below must stand above all other http-request lines";
    case "traefik":
      return "give Path(`/.well-known/matrix/server`) a separate router without the middlewares that redirect or demand a login";
    case "cloudflare":
      return 'at Cloudflare, add a WAF custom rule that skips for "URI Path equals /.well-known/matrix/server", and exclude the path from redirect rules';
    default:
      return "exempt the path /.well-known/matrix/server";
  }
}

/** The same for a file that is there already. */
export function exemptPath(what: string, proxy: string | null): string {
  switch (proxy) {
    case "apache":
      return thenReload(
        `${what}. In Apache, in the virtual host, before all rewrite rules:\nRewriteEngine On\nRewriteRule "^/\\.well-known/matrix/" "-" [END]`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `${what}. In haproxy.cfg, in the frontend that binds port 443, put this above its other http-request lines:\n    http-request allow if { path_beg /.well-known/matrix/ }`,
        "haproxy",
      );
    default:
      return `${what}: ${exemption(proxy)}.`;
  }
}
