/**
 * How to renew, reload and complete certificates, in the syntax of each proxy. Pure.
 * A text is a fix as `views/fix-parts.ts` reads it: where the snippet belongs, and the snippet; then what else is to be done.
 */
import type { Facts, FetchedIssuers } from "../facts/facts.ts";
import { endpointsOf } from "../views/endpoints.ts";
import { proxyAt, type Proxy } from "../views/proxy.ts";
import { reloadCertificate, thenReload } from "./reload.ts";

/** The proxy at the first of `places` that tells; without places at any endpoint. */
export function proxyAmong(facts: Facts, places: readonly string[] = endpointsOf(facts).map(({ place }) => place)): Proxy | null {
  const found = places.map((place) => proxyAt(facts, place)).filter((proxy) => proxy !== null);
  return found.find((proxy) => proxy !== "synapse") ?? found[0] ?? null;
}

/** For a certificate past its date, or near it, which is usually renewed on disk and not loaded. */
export function expiryAdvice(proxy: Proxy | null, name: string): string[] {
  const renewal = renewAdvice(proxy, name);
  // Caddy takes files too, where tls names some; nothing tells from outside.
  if (proxy === "caddy")
    return [reloadCertificate("If the certificate was renewed on disk,", proxy), `If the site has no tls line with files: ${renewal}`];
  return renewsItself(proxy)
    ? [renewal]
    : [reloadCertificate("If the certificate was renewed on disk,", proxy), `If it was not renewed: ${renewal}`];
}

/** For an intermediate certificate past its date, under a leaf that isn't. */
export function expiredIntermediateAdvice(proxy: Proxy | null, name: string): string[] {
  const renewal = renewAdvice(proxy, name);
  return [chainAdvice(proxy, name), renewsItself(proxy) ? renewal : `If the intermediate certificate in that file is the same: ${renewal}`];
}

function renewsItself(proxy: Proxy | null): boolean {
  return proxy === "caddy" || proxy === "traefik" || proxy === "cloudflare";
}

/** Gets a new certificate for `name`; how the server is made to load it is said before. */
function renewAdvice(proxy: Proxy | null, name: string): string {
  switch (proxy) {
    case "caddy":
      return `Caddy renews certificates by itself; mostly its ports 80 and 443 can't be reached from outside, or the DNS name leads elsewhere. Its log says why it could not renew the one for ${name}:\njournalctl -u caddy`;
    case "traefik":
      return `Traefik renews certificates by itself: check that the router for ${name} has tls.certresolver, and that the challenge's port can be reached. Its log says why it could not renew this one (replace traefik with its container's name):\ndocker logs traefik 2>&1 | grep -i acme`;
    case "cloudflare":
      return `Cloudflare presents this certificate: check ${name} in its dashboard under SSL/TLS, Edge Certificates.`;
    default:
      return `renew the certificate for ${name} (this is certbot's command), and then reload as above:\ncertbot renew --cert-name ${name}\n\nIf that fails, this says why:\ncertbot renew --cert-name ${name} --dry-run`;
  }
}

/** Makes the server send the intermediate certificates too. */
export function chainAdvice(proxy: Proxy | null, name: string): string {
  const file = `/etc/letsencrypt/live/${name}/fullchain.pem`;
  const key = `/etc/letsencrypt/live/${name}/privkey.pem`;
  const holds = "a file that holds the leaf and then the intermediate certificates; with certbot:";
  switch (proxy) {
    case "nginx":
      return thenReload(
        `In nginx, in the server block for ${name}, let ssl_certificate name ${holds.slice(0, -1)} fullchain.pem instead of cert.pem:\nssl_certificate ${file};\nssl_certificate_key ${key};`,
        "nginx",
      );
    case "apache":
      return thenReload(
        `In Apache, in the <VirtualHost> for ${name}, let SSLCertificateFile name ${holds.slice(0, -1)} fullchain.pem instead of cert.pem, and remove SSLCertificateChainFile:\nSSLCertificateFile ${file}\nSSLCertificateKeyFile ${key}`,
        "apache",
      );
    case "haproxy":
      return thenReload(
        `HAProxy's crt file must hold leaf, intermediate certificates and key, in that order. This makes it so (replace /etc/haproxy/certs/${name}.pem with the file on the bind line):\ncat ${file} ${key} > /etc/haproxy/certs/${name}.pem`,
        "haproxy",
      );
    case "caddy":
      return thenReload(
        `In the Caddyfile, either remove the tls line for ${name}, so that Caddy gets a certificate with its chain by itself, or let it name ${holds}\ntls ${file} ${key}`,
        "caddy",
      );
    case "traefik":
      return `In Traefik's dynamic configuration, let certFile for ${name} name ${holds}\ntls:\n  certificates:\n    - certFile: ${file}\n      keyFile: ${key}`;
    case "cloudflare":
      return `Cloudflare presents this certificate: under SSL/TLS, Edge Certificates, upload the custom certificate for ${name} again with the bundle method "compatible".`;
    case "litespeed":
      return `In LiteSpeed's listener or virtual host for ${name} (SSL, SSL Private Key & Certificate), set "Chained Certificate" to Yes and "Certificate File" to the file with the whole chain (with certbot ${file}).`;
    case "iis":
      return `Import the issuing CA's intermediate certificate into the computer's store "Intermediate Certification Authorities" on the server, and restart IIS.`;
    case "synapse":
    case null:
      return `In the server that holds the certificate for ${name}, use the file that has the leaf and then the intermediate certificates, not only the leaf. With certbot the files are ${certbotFiles(name)}. Then reload that server.`;
  }
}

/** Gets the missing certificates, which were fetched and complete the chain. Null when a URL isn't safe in a shell, or gives no DER. */
export function fetchIssuerAdvice({ certificates }: FetchedIssuers): string | null {
  const urls = certificates.filter(({ certificate }) => !certificate.selfSigned).map(({ url }) => url);
  const isPlain = (url: string): boolean =>
    /^http:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/[A-Za-z0-9._~%/-]*$/.test(url) && url.length <= 200 && !/\.(p7[bc]|pem)$/i.test(url);
  if (urls.length === 0 || !urls.every(isPlain)) return null;
  const what = urls.length === 1 ? "the missing certificate" : "the missing certificates";
  const commands = urls.map((url) => `curl -sS '${url}' | openssl x509 -inform DER >> cert.pem`);
  return `Or append ${what}, which the CA publishes, to the certificate file that the server uses (replace cert.pem with its name), and reload the server:\n${commands.join("\n")}`;
}

/** Instead of a certificate of Let's Encrypt's staging environment: certbot must be told that the present one doesn't do. */
export function realCertificateAdvice(proxy: Proxy | null, name: string): string {
  switch (proxy) {
    case "caddy":
      return `In the Caddyfile, remove the acme_ca line (or the ca of the tls block) that names Let's Encrypt's staging environment; Caddy then gets the real certificate for ${name} by itself:\ncaddy reload --config /etc/caddy/Caddyfile`;
    case "traefik":
      return `In Traefik's certificate resolver, remove the caServer line that names Let's Encrypt's staging environment, delete acme.json, and restart Traefik: it then gets the real certificate for ${name}.`;
    default:
      return `Get the real certificate: the ACME client used Let's Encrypt's staging environment (--staging, --test-cert). This is certbot's command; after it, reload the server:\ncertbot certonly --cert-name ${name} -d ${name} --force-renewal --server https://acme-v02.api.letsencrypt.org/directory`;
  }
}

/** Which files certbot makes, and what takes them, for a server that isn't known. */
export function certbotFiles(name: string): string {
  return `/etc/letsencrypt/live/${name}/fullchain.pem and privkey.pem (nginx: ssl_certificate and ssl_certificate_key; Apache: SSLCertificateFile and SSLCertificateKeyFile; HAProxy: both joined into the file that crt names; Synapse: tls_certificate_path and tls_private_key_path)`;
}
