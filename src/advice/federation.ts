/**
 * Configuration that forwards federation to the homeserver, in the syntax of each proxy. Pure.
 * Every text is a fix as `views/fix-parts.ts` reads it: first where the snippet belongs, and the snippet; then what else is to be done.
 */
import type { RouteFacts } from "../facts/facts.ts";
import type { PlacedEndpoint } from "../views/endpoints.ts";
import type { Proxy } from "../views/proxy.ts";
import type { Login } from "../views/login.ts";
import { exemptFromLogin } from "./login.ts";
import { thenReload } from "./reload.ts";

/** What can't be seen from outside: where the homeserver listens. Synapse's own default. */
const BACKEND = "127.0.0.1:8008";
export const HOMESERVER_NOTE = `replace ${BACKEND} with your homeserver's address`;

/** What homeservers ask for: the virtual host must answer to `host` on `port`. */
export interface Site {
  /** As in the SNI: without a port; an IPv6 literal without brackets. */
  host: string;
  port: number;
}

/** The virtual host that the endpoint's requests are meant for. */
export function siteOf(route: RouteFacts, endpoint: PlacedEndpoint): Site {
  return { host: route.tlsName, port: endpoint.target.port };
}

/** Forwards all of /_matrix, undecoded and with the Host as it came. */
export function routeFederation(proxy: Proxy | null, site: Site): string {
  const { host, port } = site;
  switch (proxy) {
    case "nginx":
      return thenReload(
        [
          `In nginx, in the server block with "listen ${port} ssl" and "server_name ${host}", put this instead of any other location for /_matrix (${HOMESERVER_NOTE}):`,
          "location ^~ /_matrix/ {",
          `    proxy_pass http://${BACKEND};`,
          "    proxy_set_header Host $host:$server_port;",
          "    proxy_set_header X-Forwarded-For $remote_addr;",
          "    proxy_set_header X-Forwarded-Proto $scheme;",
          "    proxy_http_version 1.1;",
          "    client_max_body_size 50M;",
          "}",
        ].join("\n"),
        "nginx",
      );
    case "caddy":
      // try_files, rewrite, redir and basic_auth of the site itself run before every handle; handle blocks exclude each other.
      return thenReload(
        [
          `In the Caddyfile, in the site block of "${caddyAddress(site)}", put everything but tls, bind and log into one "handle { … }" and add this beside it (${HOMESERVER_NOTE}):`,
          "handle /_matrix/* {",
          `    reverse_proxy ${BACKEND}`,
          "}",
        ].join("\n"),
        "caddy",
      );
    case "apache":
      return thenReload(
        [
          "Enable the modules:",
          "a2enmod proxy_http headers",
          "",
          `In Apache, in <VirtualHost *:${port}> with "ServerName ${host}", put this above every other ProxyPass and remove any other AllowEncodedSlashes (${HOMESERVER_NOTE}):`,
          "AllowEncodedSlashes NoDecode",
          "ProxyPreserveHost On",
          'RequestHeader set X-Forwarded-Proto "https"',
          `ProxyPass /_matrix http://${BACKEND}/_matrix nocanon`,
          `ProxyPassReverse /_matrix http://${BACKEND}/_matrix`,
        ].join("\n"),
        "apache",
      );
    case "haproxy":
      return thenReload(
        [
          `In haproxy.cfg, add this as the last lines of the frontend that binds port ${port} (the first one goes above any use_backend that matches /_matrix too; ${HOMESERVER_NOTE}):`,
          "    use_backend matrix_homeserver if { path_beg /_matrix/ }",
          "backend matrix_homeserver",
          "    mode http",
          "    option forwardfor",
          "    http-request set-header X-Forwarded-Proto https",
          `    server homeserver ${BACKEND}`,
        ].join("\n"),
        "haproxy",
      );
    case "traefik":
      return [
        `For Traefik, give the homeserver's container these labels (the router answers on every entry point; replace 8008 with the port on which the homeserver listens in its container):`,
        "traefik.enable=true",
        `traefik.http.routers.matrix-federation.rule=Host(\`${host}\`) && PathPrefix(\`/_matrix\`)`,
        "traefik.http.routers.matrix-federation.tls=true",
        "traefik.http.routers.matrix-federation.service=matrix-federation",
        "traefik.http.services.matrix-federation.loadbalancer.server.port=8008",
      ].join("\n");
    case "cloudflare":
      return `Cloudflare is in front: in the web server behind it that answers for ${host} (for a Cloudflare Tunnel: in its public hostname), forward every path under /_matrix, undecoded, to the homeserver (http://${BACKEND}, or where it listens).`;
    case "litespeed":
    case "iis":
    case "synapse":
    case null:
      return `In the web server or reverse proxy that answers for ${host} on port ${port}${productName(proxy)}, forward every path under /_matrix to the homeserver (http://${BACKEND}, or where it listens). Don't decode the path, and don't change the Host.`;
  }
}

/** Past a single sign-on: in the proxy that asks it, where that is known, and in its own configuration. */
export function pastLogin(login: Login, proxy: Proxy | null, site: Site): string[] {
  const exempt = exemptFromLogin(login, site.host, "/_matrix/");
  switch (proxy) {
    case "nginx":
      return [routeFederation(proxy, site).replace(/\n\}(?=\n\n|$)/, "\n    auth_request off;\n}"), exempt];
    case "caddy":
      return [routeFederation(proxy, site), exempt];
    case "traefik":
      return [exempt, `${routeFederation(proxy, site)}\ntraefik.http.routers.matrix-federation.priority=1000`];
    case "haproxy":
      return [allowInHaproxy(site), exempt];
    default:
      return [exempt];
  }
}

/** Past what asks whether a browser is there. */
export function pastBotProtection(proxy: Proxy | null): string {
  if (proxy === "cloudflare")
    return 'In Cloudflare\'s dashboard (Security, WAF, Custom rules), add a rule with the action "Skip" for all remaining rules, managed rules and rate limits, and turn off Bot Fight Mode, because rules can\'t skip it. Expression:\nstarts_with(http.request.uri.path, "/_matrix/")';
  return "Exempt every path under /_matrix/ from the login, the bot protection, the rate limit and the firewall in front of the homeserver, for all source addresses.";
}

/** Keeps what answers, rewrites or refuses other paths in HAProxy away from federation: the rules go by order, and "allow" ends them. */
export function allowInHaproxy({ port }: Site): string {
  return thenReload(
    `In haproxy.cfg, in the frontend that binds port ${port}, put this above its other http-request lines (a line that begins with "redirect" needs "unless { path_beg /_matrix/ }" at its end):\n    http-request allow if { path_beg /_matrix/ }`,
    "haproxy",
  );
}

/** Hands %2F on as it came. */
export function keepPathEncoded(proxy: Proxy | null, site: Site): string {
  switch (proxy) {
    case "nginx":
    case "apache":
    case "caddy":
      return routeFederation(proxy, site);
    case "traefik":
      return [
        `Update Traefik to 3.6.7 (2.11.35) or newer; or add this to its static configuration, for the entry point on port ${site.port} (replace websecure with its name), and restart it:`,
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedSlash=true",
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedHash=true",
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedPercent=true",
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedQuestionMark=true",
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedSemicolon=true",
        "--entryPoints.websecure.http.encodedCharacters.allowEncodedBackSlash=true",
      ].join("\n");
    case "haproxy":
      return `In haproxy.cfg, in the frontend that binds port ${site.port} and in the homeserver's backend, remove "http-request set-path", "http-request set-uri", "http-request replace-path" and "http-request replace-uri" lines with url_dec; HAProxy hands paths on undecoded by itself.`;
    case "cloudflare":
      return `Cloudflare is in front: turn off "Normalize URLs to origin" (Rules, Settings, URL normalization), and in the web server behind it hand the paths under /_matrix to the homeserver undecoded (Apache: "AllowEncodedSlashes NoDecode" and "nocanon"; nginx: proxy_pass without a path).`;
    case "litespeed":
    case "iis":
    case "synapse":
    case null:
      return `In the reverse proxy that answers for ${site.host} on port ${site.port}${productName(proxy)}, forward the paths under /_matrix to the homeserver unchanged (Apache: "AllowEncodedSlashes NoDecode" and "ProxyPass … nocanon"; nginx: proxy_pass without a path after the port; HAProxy: remove "http-request set-path", "http-request set-uri", "http-request replace-path" and "http-request replace-uri" lines; Traefik: allowEncodedSlash).`;
  }
}

/** Makes the virtual host match whether or not the Host field carries the port. */
export function matchHostWithPort(proxy: Proxy | null, site: Site): string {
  const { host, port } = site;
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, server_name is compared without the port, but $http_host has it: in the conditions (if, map) of the server block for ${host}, replace "$http_host" by "$host".`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `In Apache, ServerName is compared without the port, but %{HTTP_HOST} has it: in <VirtualHost *:${port}> with "ServerName ${host}", let each RewriteCond on it allow the port (a "!" before the pattern stays):\nRewriteCond %{HTTP_HOST} ^${escapeRegExp(host)}(:${port})?$ [NC]`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg, in the frontend that binds port ${port}, compare the Host without its port: in every acl and condition, replace "hdr(host)" by "hdr(host),field(1,:)". A whole acl is:\n    acl matrix_host hdr(host),field(1,:) -i ${host}`,
        "haproxy",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, Caddy's own site addresses are compared without the port, but a matcher "header Host" has it: in the site block of "${caddyAddress(site)}", replace "header Host" by "host".`,
        "caddy",
      );
    case "traefik":
      return `For Traefik, Host() is compared without the port, so look for rules with Header(\`Host\`, …) or HostRegexp that end in $, and use this rule (replace matrix-federation with the router's name):\ntraefik.http.routers.matrix-federation.rule=Host(\`${host}\`) && PathPrefix(\`/_matrix\`)`;
    case "cloudflare":
    case "litespeed":
    case "iis":
    case "synapse":
    case null:
      return `In the web server or reverse proxy that answers for ${host} on port ${port}${productName(proxy)}, make the virtual host answer to "${host}:${port}" as well as to "${host}" (HAProxy: in every acl and condition, replace "hdr(host)" by "hdr(host),field(1,:)"; Apache: let each RewriteCond on %{HTTP_HOST} allow the port).`;
  }
}

/** Lets the virtual host that serves `present` answer for the site's name too. */
export function nameVirtualHost(proxy: Proxy | null, site: Site, present: string): string {
  const { host, port } = site;
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl" and "server_name ${present}", replace the latter line by this:\nserver_name ${present} ${host};`,
        "nginx",
      );
    case "apache":
      return thenReload(`In Apache, in <VirtualHost *:${port}> with "ServerName ${present}", add this:\nServerAlias ${host}`, "apache");
    case "caddy":
      return thenReload(
        `In the Caddyfile, write "${caddyAddress(site)}" beside the address of the site block of "${caddyAddress({ host: present, port })}", separated by a comma.`,
        "caddy",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg, in the frontend that binds port ${port}, repeat each acl that compares the Host with ${present} for ${host} (lines with the same acl name are alternatives; instead of matrix_host write that acl's name):\n    acl matrix_host hdr(host),field(1,:) -i ${host}`,
        "haproxy",
      );
    case "traefik":
      return `For Traefik, let the router's rule match both names (instead of matrix-federation write the router's name):\ntraefik.http.routers.matrix-federation.rule=(Host(\`${host}\`) || Host(\`${present}\`)) && PathPrefix(\`/_matrix\`)`;
    case "cloudflare":
    case "litespeed":
    case "iis":
    case "synapse":
    case null:
      return `In the web server or reverse proxy on port ${port}${productName(proxy)}, let the virtual host of ${present} answer for ${host} as well.`;
  }
}

/** How the Caddyfile names a site: without a port it is 443. */
export function caddyAddress({ host, port }: Site): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === 443 ? bracketed : `${bracketed}:${port}`;
}

function productName(proxy: Proxy | null): string {
  if (proxy === "litespeed") return " (LiteSpeed)";
  if (proxy === "iis") return " (IIS)";
  return "";
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Homeservers send application/json themselves: something on the way changes it. */
export function jsonTypeAdvice(proxy: Proxy | null): string {
  switch (proxy) {
    case "nginx":
      return 'In nginx, in the location for /_matrix, remove "add_header Content-Type", "proxy_hide_header Content-Type", "default_type" with "return", and empty "types"; the homeserver\'s own Content-Type is then passed on.';
    case "apache":
      return 'In Apache, for /_matrix, remove "Header set Content-Type", "Header always set Content-Type", "Header unset Content-Type" and "ForceType"; the homeserver\'s own Content-Type is then passed on.';
    case "caddy":
      return 'In the Caddyfile, remove "header Content-Type" and "header_down Content-Type" for /_matrix/*; the homeserver\'s own Content-Type is then passed on.';
    case "haproxy":
      return 'In haproxy.cfg, remove "http-response set-header Content-Type" and "http-response del-header Content-Type" for /_matrix; the homeserver\'s own Content-Type is then passed on.';
    default:
      return 'The proxy must pass on the homeserver\'s Content-Type for /_matrix unchanged; homeservers send application/json. Find the line that sets or removes it, and remove that line (nginx: "add_header Content-Type", "proxy_hide_header Content-Type"; Apache: "Header set Content-Type", "Header always set Content-Type", "ForceType"; HAProxy: "http-response set-header Content-Type", "http-response del-header Content-Type"; Caddy: "header Content-Type", "header_down Content-Type").';
  }
}
