/**
 * What to publish for clients, and how the client API is forwarded with CORS, in the syntax of each proxy. Pure.
 * Every text is a fix as `views/fix-parts.ts` reads it.
 */
import { isIpLiteral } from "../facts/address.ts";
import type { TlsFacts } from "../facts/facts.ts";
import { CLIENT_PATH, readBaseUrl, SUPPORT_PATH } from "../matrix/client-file.ts";
import { isJsonObject } from "../matrix/json-body.ts";
import { dateFault, isTestAuthority, type CertificateFault } from "../views/certificate.ts";
import type { Proxy } from "../views/proxy.ts";
import { chainAdvice, expiredIntermediateAdvice, expiryAdvice, fetchIssuerAdvice, realCertificateAdvice } from "./certificate.ts";
import { nameAdvice } from "./certificate-name.ts";
import { caddyAddress, routeFederation, type Site } from "./federation.ts";
import { thenReload } from "./reload.ts";
import { configurationOf } from "./site.ts";
import { serveWith } from "./well-known.ts";

const HEADER = "Access-Control-Allow-Origin";
/** What needs no escaping in any of the configurations, nor in a shell's single quotes. */
const PLAIN_JSON = /^[A-Za-z0-9 "{}[\]:,._/@+=~-]{2,1500}$/;
const PLAIN_HOST = /^[A-Za-z0-9.:-]{1,255}$/;

/** The file that a client needs. `present`: what is served today, in JSON, whose other keys are kept where that is safe. */
export function clientFile(baseUrl: string, present: string | null): string {
  const kept = withoutServer(objectIn(present));
  const homeserver: unknown = kept["m.homeserver"];
  const inside = typeof homeserver === "object" && homeserver !== null && !Array.isArray(homeserver) ? homeserver : {};
  const text = JSON.stringify({ ...kept, "m.homeserver": { ...inside, base_url: baseUrl } });
  return PLAIN_JSON.test(text) ? text : JSON.stringify({ "m.homeserver": { base_url: baseUrl } });
}

/** Recorded evidence may hold any text. */
function objectIn(text: string | null): Record<string, unknown> {
  if (text === null || !PLAIN_JSON.test(text)) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** The key of the file for servers is no help to clients, and misleads whoever reads it. */
function withoutServer({ "m.server": _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** The present file as it can be pasted; null when it can't. */
export function pasteable(present: string | null): string | null {
  return present !== null && PLAIN_JSON.test(present) ? present : null;
}

/** Where the client API is, or an example, which is said to be one. */
export function baseUrlOrExample(found: string | null, host: string): { baseUrl: string; note: string } {
  const reading = found === null ? null : readBaseUrl(found);
  if (reading?.ok === true && PLAIN_JSON.test(reading.href)) return { baseUrl: reading.href, note: "" };
  const example = `https://matrix.${isIpLiteral(host) ? "example.com" : host}`;
  return { baseUrl: example, note: `, with your homeserver's URL in place of ${example}` };
}

/** Makes `https://<host><path>` answer 200 with `json` and CORS, whatever serves it today. */
export function serveFile(proxy: Proxy | null, site: Site, path: typeof CLIENT_PATH | typeof SUPPORT_PATH, json: string): string {
  const { host, port } = site;
  const name = path.split("/").at(-1) ?? "";
  if (!PLAIN_HOST.test(host)) return `Serve this at ${path}, with Access-Control-Allow-Origin: * and as application/json:\n${json}`;
  switch (serveWith(proxy)) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block with "listen ${port} ssl" and "server_name ${host}", put this instead of any other location for ${path}:
location = ${path} {
    default_type application/json;
    add_header ${HEADER} * always;
    return 200 '${json}';
}`,
        "nginx",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, in the site block of "${caddyAddress(site)}", put everything but tls, bind and log into one "handle { … }" and add this beside it:
handle ${path} {
    header Content-Type application/json
    header ${HEADER} *
    respond \`${json}\` 200
}`,
        "caddy",
      );
    case "apache":
      return thenReload(
        `Create the file:
mkdir -p /var/www/matrix-well-known
printf '%s' '${json}' > /var/www/matrix-well-known/${name}

Enable the module:
a2enmod headers

In Apache, in <VirtualHost *:${port}> with "ServerName ${host}", above every ProxyPass and RewriteRule, add:
<IfModule mod_proxy.c>
    ProxyPass "${path}" "!"
</IfModule>
<IfModule mod_rewrite.c>
    RewriteEngine On
    RewriteRule "^${path.replaceAll(".", "\\.")}$" "-" [END]
</IfModule>
Alias "${path}" "/var/www/matrix-well-known/${name}"
<Directory "/var/www/matrix-well-known">
    Require all granted
    ForceType application/json
</Directory>
<If "%{REQUEST_URI} == '${path}'">
    Require all granted
    Header unset ${HEADER}
    Header always set ${HEADER} "*"
</If>`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg (HAProxy 2.2 or later), in the frontend that binds port ${port}, put this above its other http-request lines:
    http-request return status 200 content-type "application/json" hdr ${HEADER} "*" string '${json}' if { path ${path} } { hdr(host),field(1,:) -i ${host} }`,
        "haproxy",
      );
    case "traefik":
    case "synapse":
    case "static":
      return `In the directory that is served as https://${host}/:
mkdir -p .well-known/matrix
printf '%s' '${json}' > .well-known/matrix/${name}

Let the web server send it as application/json, and with this header, once:
${HEADER}: *`;
  }
}

/** The header exactly once on every answer below `path`, errors and preflights included, whoever else sends it. */
export function corsOnce(proxy: Proxy | null, site: Site, path: "/_matrix/client/" | typeof CLIENT_PATH): string {
  const { host, port } = site;
  const isApi = path !== CLIENT_PATH;
  switch (proxy) {
    case "nginx": {
      if (!isApi) break;
      const { prose, lines } = configurationOf(routeFederation("nginx", site));
      const inside = [`    proxy_hide_header ${HEADER};`, `    add_header ${HEADER} * always;`];
      return thenReload([prose, ...lines.toSpliced(-1, 0, ...inside)].join("\n"), "nginx");
    }
    case "caddy":
      // Deferred: it replaces what the homeserver and other header lines have set by then.
      return thenReload(
        `In the Caddyfile, in the site block of "${caddyAddress(site)}", add this (it sets the header once, whatever else sends it):
header ${isApi ? "/_matrix/client/*" : path} {
    ${HEADER} *
    defer
}`,
        "caddy",
      );
    case "apache":
      return thenReload(
        `Enable the module:
a2enmod headers

In Apache, in <VirtualHost *:${port}> with "ServerName ${host}", add this (it sets the header once, whatever else sends it):
<Location "${path.replace(/\/$/, "")}">
    Header unset ${HEADER}
    Header always set ${HEADER} "*"
</Location>`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `In haproxy.cfg (HAProxy 2.2 or later), add this as the last lines of the frontend that binds port ${port} (it sets the header once, whatever else sends it):
    http-request set-var(txn.matrix_path) path
    http-after-response set-header ${HEADER} "*" if { var(txn.matrix_path) -m beg ${path} }`,
        "haproxy",
      );
    default:
      break;
  }
  const homeserver = isApi ? " The homeserver sends it by itself, so the proxy must neither remove it nor add it." : "";
  const all = isApi ? "every answer below /_matrix/client (also errors and OPTIONS)" : `the answer to ${path}`;
  return `In the web server or reverse proxy that answers for ${host} on port ${port}, make sure that ${all} has this header exactly once.${homeserver} The header is:\n${HEADER}: *`;
}

/** What Synapse says in its own file, where it serves that. */
export function publicBaseUrl(baseUrl: string): string {
  return `Synapse itself serves this file. In homeserver.yaml, set this:\npublic_baseurl: ${baseUrl}/\n\nThen restart Synapse:\nsystemctl restart matrix-synapse`;
}

/** A new certificate mends every fault; otherwise each fault has its own mend. */
export function certificateMends(
  proxy: Proxy | null,
  site: Site,
  { chain, trust }: TlsFacts,
  wrong: readonly CertificateFault[],
  at: Date,
): string[] {
  const { host, port } = site;
  if (!PLAIN_HOST.test(host)) return ["Give that host a valid certificate of a public CA with its whole chain."];
  if (wrong.includes("untrusted-ca") && !wrong.includes("name") && isTestAuthority(chain[0].issuer))
    return [realCertificateAdvice(proxy, host)];
  if (wrong.some((fault) => !["expired", "not-yet-valid", "incomplete-chain"].includes(fault)))
    return [nameAdvice(proxy, host, isIpLiteral(host), chain[0], port)];
  const mends = wrong.flatMap((fault): string[] => {
    if (fault === "expired")
      return dateFault(chain[0], at) === "expired" ? expiryAdvice(proxy, host) : expiredIntermediateAdvice(proxy, host);
    if (fault === "not-yet-valid") return ["Set the clock of the machine that issued the certificate, and issue it again."];
    return [
      chainAdvice(proxy, host),
      ...(trust.fetched?.end === "trusted" ? [fetchIssuerAdvice(trust.fetched)].filter((each) => each !== null) : []),
    ];
  });
  return mends.slice(0, 2);
}
