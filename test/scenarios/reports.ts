/**
 * Public reports of broken federation, each rebuilt from its words: what was broken, what is found first, and the same server once the fix
 * is applied as it is printed. `docs/reports.md` is made of this table; names are example.org's.
 */
import type { HomeserverOptions } from "../lab/homeserver.ts";
import { matrixError } from "../lab/homeserver.ts";
import { selfSigned } from "../lab/certificates.ts";
import type { Network } from "../lab/network.ts";
import { tlsAlert, type Answer, type Reply } from "../lab/web-server.ts";
import { delegation } from "./scenario.ts";
import type { Verdict } from "../../src/facts/output.ts";

export interface PublicReport {
  /** URL of the report. */
  source: string;
  /** What was wrong there, in one sentence. */
  mechanism: string;
  serverName?: string;
  broken: (net: Network) => Promise<unknown>;
  /** As in a scenario; the first is the one that counts. */
  finds: string[];
  /** Of the first finding's first fix. */
  fix: RegExp;
  /** What of it is applied, for the table. */
  applied: string;
  mended: (net: Network) => Promise<unknown>;
  mendedName?: string;
  /** What is left; nothing by default. */
  leaves?: string[];
  /** Of the broken server; default: fail. */
  verdict?: Verdict;
  after?: Verdict;
}

const PATH = "/.well-known/matrix/server";
const FILE: Answer = { body: { "m.server": "matrix.example.org:443" } };
const HTML = { "content-type": "text/html" };
const FED = "_matrix-fed._tcp.example.org";
const OLD = "_matrix._tcp.example.org";
const DAY = 86_400_000;
const GO_404 = { status: 404, headers: { "content-type": "text/plain; charset=utf-8" }, body: "404 page not found\n" };

const issue = (net: Network, ...names: string[]) => net.issuer.issue({ names });

/** The homeserver of example.org on its own host. */
const synapse = (net: Network, options: Omit<Partial<HomeserverOptions>, "serverName"> & { port?: number } = {}) =>
  net.homeserver("example.org", { host: "matrix.example.org", port: 443, ...options });

/** A website without the file, or with another answer there. */
const website = (net: Network, answer?: Answer) => net.web("example.org", answer === undefined ? {} : { routes: { [PATH]: answer } });

/** Delegated well, and the homeserver's host is `options`. */
const delegated =
  (options: Parameters<typeof synapse>[1] = {}) =>
  async (net: Network): Promise<void> => {
    await delegation(net, "matrix.example.org:443");
    await synapse(net, options);
  };
const fine = delegated();
const everywhere = (answer: Reply): Parameters<typeof synapse>[1] => ({ version: answer, keys: answer, event: answer });
/** As in a website that answers `answer` instead of the file, while the homeserver runs at matrix.example.org. */
const instead =
  (answer?: Answer) =>
  async (net: Network): Promise<void> => {
    await website(net, answer);
    await synapse(net);
  };

export const REPORTS: readonly PublicReport[] = [
  {
    source: "https://github.com/YunoHost-Apps/synapse_ynh/issues/177",
    mechanism: "the single sign-on in front of the website (SSOwat) sends the well-known request to its login",
    async broken(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: { status: 302, headers: { location: "https://example.org/yunohost/sso/?r=aHR0cHM6Ly9leGFtcGxlLm9yZy8=" } },
          "/yunohost/sso/": { headers: HTML, body: "<!doctype html><html><title>YunoHost portal</title></html>" },
        },
      });
      await synapse(net);
    },
    finds: ["well-known/redirect-lost error", "connect/refused error < well-known/redirect-lost"],
    fix: /^In YunoHost's administration, give "visitors" the permission/,
    applied: "the path is open to visitors",
    mended: fine,
  },
  {
    source: "https://github.com/YunoHost-Apps/synapse_ynh/issues/147",
    mechanism: "the certificate was renewed on disk, and Synapse, which has it on port 8448, still presents the former one",
    async broken(net) {
      await website(net);
      const notAfter = new Date(Date.now() - 3 * DAY);
      await net.homeserver("example.org", {
        tls: await net.issuer.issue({ names: ["example.org"], notAfter, notBefore: new Date(Date.now() - 90 * DAY) }),
      });
    },
    finds: ["tls/expired error", "well-known/not-found info"],
    fix: /^If the certificate was renewed on disk, [^]*\nsystemctl reload matrix-synapse$/,
    applied: "systemctl reload matrix-synapse",
    async mended(net) {
      await website(net);
      await net.homeserver("example.org");
    },
    leaves: ["well-known/not-found info"],
  },
  {
    source: "https://github.com/NginxProxyManager/nginx-proxy-manager/issues/4683",
    mechanism: "nginx forwards over TLS without the name, and the Apache behind it answers 421 since its version 2.4.64",
    broken: delegated(
      everywhere({
        status: 421,
        headers: { ...HTML, server: "nginx" },
        body: "<html><head>\n<title>421 Misdirected Request</title>\n</head><body>\n<h1>Misdirected Request</h1>\n<p>The client needs a new connection for this\nrequest as the requested host name does not match\nthe Server Name Indication (SNI) in use for this\nconnection.</p>\n",
      }),
    ),
    finds: ["federation/http-status error"],
    fix: /^In nginx, .*\nproxy_ssl_server_name on;\nproxy_ssl_name \$host;\n/,
    applied: "proxy_ssl_server_name on; proxy_ssl_name $host; (with real nginx and Apache in test/e2e)",
    mended: fine,
  },
  {
    source: "https://github.com/tobychui/zoraxy/issues/784",
    mechanism: "the same behind a proxy that nothing names",
    broken: delegated(everywhere({ status: 421, headers: HTML, body: "<title>421 Misdirected Request</title>" })),
    finds: ["federation/http-status error"],
    fix: /^The proxy that answers for matrix\.example\.org on port 443 must send the name in the TLS handshake/,
    applied: "the proxy sends the name",
    mended: fine,
  },
  {
    source: "https://github.com/matrix-org/synapse/issues/3843",
    mechanism: "an SRV record leads to an Apache whose virtual host has the SRV target's name only",
    async broken(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 matrix.example.org"] });
      await synapse(net, { port: 8448, hosts: ["matrix.example.org"], tls: await issue(net, "example.org", "matrix.example.org") });
    },
    finds: ["federation/host-not-matched error", "srv/not-recommended info", "well-known/not-found error < federation/host-not-matched"],
    fix: /matrix\.example\.org.*\n?[^]*example\.org/,
    applied: "the virtual host has the server name too",
    async mended(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 matrix.example.org"] });
      await synapse(net, { port: 8448, tls: await issue(net, "example.org", "matrix.example.org") });
    },
    leaves: ["well-known/not-found info", "srv/not-recommended info"],
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/2555",
    mechanism: "an SRV record leads to a Traefik that knows the SRV target's name only and has no certificate for the server name",
    async broken(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 matrix.example.org"] });
      await synapse(net, { port: 8448, hosts: ["matrix.example.org"], otherHost: GO_404 });
    },
    finds: [
      "tls/name-is-srv-target error",
      "federation/host-not-matched error",
      "srv/not-recommended info",
      "well-known/not-found error < tls/name-is-srv-target",
    ],
    fix: /example\.org/,
    applied: 'second alternative: {"m.server": "matrix.example.org:8448"} instead of SRV',
    async mended(net) {
      await delegation(net, "matrix.example.org:8448");
      await synapse(net, { port: 8448 });
    },
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/241",
    mechanism: "the only SRV record is _matrix-identity._tcp, which no homeserver asks for",
    async broken(net) {
      await website(net);
      net.publish("_matrix-identity._tcp.example.org", { SRV: ["10 0 443 matrix.example.org"] });
      await synapse(net, { tls: await issue(net, "example.org", "matrix.example.org") });
    },
    finds: ["srv/wrong-service warning", "well-known/not-found error < srv/wrong-service", "connect/refused error < srv/wrong-service"],
    fix: /\n_matrix-fed\._tcp\.example\.org\. +IN SRV +10 0 443 matrix\.example\.org\.$/,
    applied: "the record that is printed",
    async mended(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 443 matrix.example.org"] });
      await synapse(net, { tls: await issue(net, "example.org", "matrix.example.org") });
    },
    leaves: ["well-known/not-found info", "srv/not-recommended info"],
  },
  {
    source: "https://github.com/typokign/matrix-chart/issues/27",
    mechanism: "the base domain has the Kubernetes ingress's default certificate, and port 8448 speaks plain HTTP",
    async broken(net) {
      await net.web("example.org", {
        routes: { [PATH]: FILE },
        tls: await selfSigned({ names: ["ingress.local"], commonName: "Kubernetes Ingress Controller Fake Certificate" }),
      });
      await net.homeserver("example.org", { port: 8448, tls: null });
      await synapse(net);
    },
    finds: ["well-known/tls error", "tls/plain-http error < well-known/tls"],
    fix: /certbot certonly --cert-name example\.org -d example\.org/,
    applied: "a certificate for the base domain",
    mended: fine,
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/527",
    mechanism: "the homeserver's host was entered instead of the server name",
    serverName: "matrix.example.org",
    async broken(net) {
      await delegation(net, "matrix.example.org:443");
      await net.web("www.example.org");
      await synapse(net, { delegatesTo: "matrix.example.org:443" });
    },
    finds: ["keys/other-server-name error"],
    fix: /\nnpx matrix-delegation-check example\.org$/,
    applied: "the other name is checked",
    mended: fine,
    mendedName: "example.org",
  },
  {
    source: "https://github.com/matrix-org/matrix-federation-tester/issues/86",
    mechanism: "the homeserver presents a self-signed certificate for the server name instead of one for its own host",
    async broken(net) {
      await delegation(net, "matrix.example.org:8448");
      await synapse(net, { port: 8448, tls: await selfSigned({ names: ["example.org"], commonName: "example.org" }) });
    },
    finds: ["tls/name-is-server-name error", "tls/self-signed error"],
    fix: /certbot certonly --cert-name matrix\.example\.org -d matrix\.example\.org/,
    applied: "a certificate of a public CA for matrix.example.org",
    async mended(net) {
      await delegation(net, "matrix.example.org:8448");
      await synapse(net, { port: 8448 });
    },
  },
  {
    source: "https://github.com/matrix-org/matrix-federation-tester/issues/39",
    mechanism: "an SRV record leads to an IP address",
    async broken(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 127.0.0.1"] });
      await net.homeserver("example.org");
      await net.homeserver("example.org", {
        host: "127.0.0.1",
        tls: await net.issuer.issue({ names: ["example.org"] }),
        unpublished: true,
      });
    },
    finds: ["srv/target-is-ip error", "well-known/not-found info", "srv/not-recommended info"],
    fix: /^example\.org has that address: write it as the SRV target:\n_matrix-fed\._tcp\.example\.org\. +IN SRV +10 0 8448 example\.org\.$/,
    applied: "the SRV record leads to example.org",
    async mended(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 example.org"] });
      await net.homeserver("example.org");
    },
    leaves: ["well-known/not-found info", "srv/not-recommended info"],
  },
  {
    source: "https://github.com/matrix-org/matrix-spec-proposals/issues/842",
    mechanism: "an SRV record leads to an alias",
    async broken(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 alias.example.org"] });
      net.publish("alias.example.org", { CNAME: ["hs.example.org"] });
      net.publish("hs.example.org", { A: ["127.0.0.1"] });
      await net.homeserver("example.org", { host: "alias.example.org", unpublished: true, tls: await issue(net, "example.org") });
    },
    finds: ["srv/target-is-cname warning", "well-known/not-found info", "srv/not-recommended info"],
    fix: /\n_matrix-fed\._tcp\.example\.org\. +IN SRV +10 0 8448 hs\.example\.org\.$/,
    applied: "the SRV record leads to the host itself",
    async mended(net) {
      await website(net);
      net.publish(FED, { SRV: ["10 0 8448 hs.example.org"] });
      await net.homeserver("example.org", { host: "hs.example.org", tls: await issue(net, "example.org") });
    },
    leaves: ["well-known/not-found info", "srv/not-recommended info"],
    verdict: "warn",
  },
  {
    source: "https://github.com/matrix-org/synapse/issues/5429",
    mechanism: "Synapse has cert.pem instead of fullchain.pem",
    async broken(net) {
      await website(net);
      await net.publishIssuers({ "/issuer.der": net.issuer.der });
      const { key, cert } = await issue(net, "example.org");
      await net.homeserver("example.org", { tls: { key, cert } });
    },
    finds: ["tls/incomplete-chain error", "well-known/not-found info"],
    fix: /fullchain\.pem/,
    applied: "tls_certificate_path names fullchain.pem",
    async mended(net) {
      await website(net);
      await net.homeserver("example.org");
    },
    leaves: ["well-known/not-found info"],
  },
  {
    source: "https://github.com/element-hq/synapse/issues/18332",
    mechanism: "Cloudflare wants a browser to prove itself at the well-known file",
    broken: instead({
      status: 403,
      headers: { ...HTML, server: "cloudflare", "cf-mitigated": "challenge", "cf-ray": "1-FRA" },
      body: '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>',
    }),
    finds: ["well-known/forbidden error", "connect/refused error < well-known/forbidden"],
    fix: /at Cloudflare, add a WAF custom rule that skips/,
    applied: "a WAF rule that skips for the path",
    mended: fine,
  },
  {
    source: "https://github.com/JupiterBroadcasting/jupiterbroadcasting.com/issues/381",
    mechanism: "the base domain forwards to www without the path; the file is on www",
    async broken(net) {
      await net.web("example.org", { routes: { [PATH]: { status: 301, headers: { location: "https://www.example.org/" } } } });
      await net.web("www.example.org", { routes: { "/": { headers: HTML, body: "<!doctype html><title>Shows</title>" }, [PATH]: FILE } });
      await synapse(net);
    },
    finds: ["well-known/redirect-lost error", "connect/refused error < well-known/redirect-lost"],
    fix: /\{"m\.server": "matrix\.example\.org:443"\}/,
    applied: "second alternative: the redirect keeps the path",
    async mended(net) {
      await net.web("example.org", { routes: { [PATH]: { status: 301, headers: { location: `https://www.example.org${PATH}` } } } });
      await net.web("www.example.org", { routes: { [PATH]: FILE } });
      await synapse(net);
    },
    leaves: ["well-known/redirected info"],
  },
  {
    source: "https://github.com/NixOS/nixos-homepage/pull/1342",
    mechanism: "Netlify doesn't publish the directory with the file",
    broken: instead({ status: 404, headers: { ...HTML, server: "Netlify" }, body: "<!DOCTYPE html><title>Page not found</title>" }),
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found"],
    fix: /netlify\.toml/,
    applied: "the file in the publish directory, its type in netlify.toml",
    mended: fine,
  },
  {
    source: "https://github.com/asozialesnetzwerk/an-website/issues/57",
    mechanism: "a new website no longer has the file",
    broken: instead({ status: 404, headers: HTML, body: "<title>404</title>" }),
    finds: ["well-known/not-found error", "connect/refused error < well-known/not-found"],
    fix: /printf '%s' '\{"m\.server": "matrix\.example\.org:443"\}' > \.well-known\/matrix\/server$/,
    applied: "the two commands that are printed",
    mended: fine,
  },
  {
    source: "https://github.com/matrix-org/synapse/issues/9526",
    mechanism: "the name servers (duckdns.org) answer SERVFAIL to questions for SRV records",
    async broken(net) {
      await website(net);
      net.publish(OLD, { SRV: "SERVFAIL" });
      await net.homeserver("example.org");
    },
    finds: ["srv/lookup-failed error", "well-known/not-found info"],
    fix: /^Repair the nameservers of example\.org/,
    applied: 'second alternative: {"m.server": "example.org:8448"}, so that none is asked',
    async mended(net) {
      await delegation(net, "example.org:8448");
      net.publish(OLD, { SRV: "SERVFAIL" });
      await net.homeserver("example.org");
    },
  },
  {
    source: "https://github.com/matrix-org/synapse/issues/5173",
    mechanism: "of two Apaches in a row the outer one changes the path, and Synapse doesn't know what arrives",
    broken: delegated(
      everywhere({
        status: 404,
        headers: { ...HTML, server: "Apache/2.4.71 (Debian)" },
        body: "<html><head><title>404 - No Such Resource</title></head><body><h1>No Such Resource</h1><p>Sorry. No luck finding that resource.</p></body></html>",
      }),
    ),
    finds: ["federation/not-routed error"],
    fix: /^Enable the modules:[^]*\nProxyPass \/_matrix http:\/\/127\.0\.0\.1:8008\/_matrix nocanon\n/,
    applied: "the ProxyPass that is printed",
    mended: fine,
  },
  {
    source: "https://github.com/matrix-org/synapse/issues/3294",
    mechanism: "the reverse proxy decodes the path, and signatures over it fail",
    broken: delegated({ event: { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") } }),
    finds: ["federation/path-decoded error"],
    fix: /undecoded|unchanged/,
    applied: "proxy_pass without a path (with real proxies in test/e2e)",
    mended: fine,
  },
  {
    source: "https://github.com/verdigado/rocketchat2matrix/issues/18",
    mechanism: "the listener behind the proxy has no federation resource",
    broken: delegated(everywhere({ status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") })),
    finds: ["federation/listener-missing error"],
    fix: /names: \[client, federation\]/,
    applied: "the listener that is printed",
    mended: fine,
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/3167",
    mechanism: "Traefik has no router for the federation API on the entry point that is delegated to",
    broken: delegated(everywhere(GO_404)),
    finds: ["federation/not-routed error"],
    fix: /traefik\.http\.routers\.matrix-federation\.rule=Host\(`matrix\.example\.org`\) && PathPrefix\(`\/_matrix`\)/,
    applied: "the labels that are printed",
    mended: fine,
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/93",
    mechanism:
      "the base domain has no certificate for its name and ends the handshake with an alert; there is an SRV record of the old service",
    async broken(net) {
      await net.web("example.org", { onAccept: tlsAlert(40) });
      net.publish(OLD, { SRV: ["10 0 8448 matrix.example.org"] });
      await synapse(net, { port: 8448, tls: await issue(net, "example.org", "matrix.example.org") });
    },
    finds: ["well-known/tls warning", "srv/deprecated-service warning", "srv/not-recommended info"],
    fix: /virtual host for "example\.org" on port 443/,
    applied: "a virtual host with a certificate, and the file",
    async mended(net) {
      await delegation(net, "matrix.example.org:8448");
      await synapse(net, { port: 8448 });
    },
    verdict: "warn",
  },
  {
    source: "https://github.com/spantaleev/matrix-docker-ansible-deploy/issues/5338",
    mechanism: "another proxy stands before Traefik and hands the requests on with a name that Traefik doesn't know",
    broken: delegated({ hosts: ["matrix.example.org"], otherHost: GO_404 }),
    finds: ["federation/host-not-matched error"],
    fix: /Host\(\) is compared without the port/,
    applied: "the rule that is printed",
    mended: fine,
  },
];

/** The page of the documentation. */
export function reportsPage(): string {
  const rows = REPORTS.map(({ source, mechanism, finds: [first = ""], applied, after = "pass" }) =>
    [
      `[${source.replace("https://github.com/", "").replace(/\/(?:issues|pull)\//, "#")}](${source})`,
      mechanism,
      `\`${first.split(" ")[0] ?? ""}\``,
      applied.replaceAll("|", "\\|"),
      after,
    ].join(" | "),
  );
  return `# Public reports, rebuilt

Reports of broken federation from the issue trackers of homeservers, testers, proxies and websites. The mechanism of each was rebuilt from
its words on the lab's network; test/scenarios/reports.test.ts checks the broken server, reads the fix, and checks the server again with the
fix applied. This page is made by \`npm run docs\`.

| report | mechanism | first finding | fix applied | verdict after |
| --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join("\n")}
`;
}
