/** well-known/tls: the certificate of the well-known host, or of a host that it redirects to, is refused; or TLS doesn't come about. */
import { chainAdvice, expiredIntermediateAdvice, expiryAdvice, fetchIssuerAdvice } from "../../advice/certificate.ts";
import { wellKnownNameAdvice } from "../../advice/certificate-name.ts";
import { proxyAt, type Proxy } from "../../views/proxy.ts";
import { tlsOn } from "../../advice/tls-on.ts";
import {
  certificateFaults,
  coveredOnlyByCommonName,
  dateFault,
  defaultCertificate,
  type CertificateFault,
} from "../../views/certificate.ts";
import type { CertificateFacts, Facts, Hop, NetError, TlsFacts } from "../../facts/facts.ts";
import { OF_NO_DELEGATION } from "../consequences.ts";
import { done, groupBy, judgedAt, list, place, quote, unlessRouteWorks } from "../../views/evidence.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const tls: Rule = {
  code: "well-known/tls",
  severity: ["error", "warning"],
  title: "TLS fails on the host of the well-known file",
  spec: SPEC.wellKnown,
  causes: OF_NO_DELEGATION,
  explain: `
The file is fetched over HTTPS, and the certificate must be valid for the server name's own host, whatever \`m.server\` says afterwards; each host of a redirect needs a valid
certificate too. With a bad one every homeserver acts as if there were no file, and goes on to SRV records and port 8448.

**How it shows.** The file looks right in a browser (which adds missing intermediates, or was told to go on) and with \`curl -k\`, but nobody uses it.

**Who is affected.** Everybody.

**Faults, all that are found are listed**
- *name*: the certificate is for other names. Typically only for \`www.\` or \`matrix.\`, or the proxy has no virtual host for the base domain and shows another one's.
- *a product's default certificate*: certificate issuing failed, or no virtual host matches.
- *expired*: the renewal doesn't cover the base domain, or the web server wasn't reloaded.
- *incomplete chain*: the intermediate certificate isn't sent. Use \`fullchain.pem\` instead of \`cert.pem\`.
- *self-signed, unknown CA*: not issued by a CA that homeservers trust.
- *handshake*: the server ends the handshake with an alert. \`unrecognized_name\` and \`handshake_failure\` often mean that it has no certificate for this name.

**How to fix it.** Give the web server a certificate of a public CA that covers the server name's own host, with its full chain, and reload it. The delegated host needs one for its own name besides.

**Look-alikes.** The same faults at the homeserver itself are \`tls/*\`. If only some addresses of the host have them, it is \`well-known/split\`.

**How to test.** \`openssl s_client -connect <server name>:443 -servername <server name> -verify_return_error </dev/null\`

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: … certificate verify failed\`. Dendrite: \`x509: certificate is valid for\`. Proxies: \`AH02032\`, \`TRAEFIK DEFAULT CERT\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "tls").flatMap((each) => {
      const { result } = each;
      if (result.kind === "certificate") return [{ ...each, hop: result.hop, ...certificateTrouble(facts, result.hop, result.faults) }];
      return result.kind === "handshake" ? [{ ...each, hop: result.hop, ...handshakeTrouble(facts, result.hop, result.error) }] : [];
    });
    for (const group of groupBy(seen, ({ what, url }) => `${what} ${url}`)) {
      const [first] = group;
      if (first === undefined) continue;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${first.what} ${goesOn(facts)}`,
        fix: first.mends,
        where: whereSeen(facts, group),
        affects: "all",
      };
    }
  },
};

/** For `well-known/split`: all that is wrong with the certificate, in one clause. */
export function certificateProblem(hop: Hop, at: Date): string {
  const tlsFacts = hop.connection === null ? null : done(hop.connection.tls);
  if (tlsFacts === null) return "no TLS";
  return problems(tlsFacts, hop.host, certificateFaults(tlsFacts, hop.host, isIp(hop.host), at), at).join("; ");
}

function isIp(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** As others see it; differs from the hop's own under --connect-to. */
function portOf({ url }: Hop): number {
  const port = URL.canParse(url) ? new URL(url).port : "";
  return port === "" ? 443 : Number(port);
}

/** A redirect's host may stand behind another proxy than the server name's. */
function proxyOfHop(facts: Facts, { connection }: Hop): Proxy | null {
  return connection === null ? null : proxyAt(facts, place(connection.address, connection.port));
}

interface Trouble {
  what: string;
  mends: string[];
}

function certificateTrouble(facts: Facts, hop: Hop, wrong: CertificateFault[]): Trouble {
  const tlsFacts = hop.connection === null ? null : done(hop.connection.tls);
  if (tlsFacts === null) return { what: "TLS fails.", mends: [`Let ${hop.host} present a valid certificate on port ${portOf(hop)}.`] };
  return { what: `${problems(tlsFacts, hop.host, wrong, judgedAt(facts)).join("; ")}.`, mends: mends(facts, hop, tlsFacts, wrong) };
}

function problems(tlsFacts: TlsFacts, host: string, wrong: CertificateFault[], at: Date): string[] {
  const [leaf] = tlsFacts.chain;
  const product = defaultOf(leaf, wrong);
  return wrong.flatMap((fault): string[] => {
    switch (fault) {
      case "name":
        if (product !== null) return [`${host} presents the default certificate of ${product}, not one for ${host}`];
        if (coveredOnlyByCommonName(leaf, host))
          return [`the certificate has ${host} only in its CN, which nobody reads any more, and not in its subjectAltName`];
        return [`the certificate is for ${list(names(leaf), 5)}, not for ${host}`];
      case "expired":
      case "not-yet-valid": {
        const bad = tlsFacts.chain.find((each) => dateFault(each, at) === fault) ?? leaf;
        const which = bad === leaf ? "the certificate" : `the intermediate certificate ${quote(bad.subject)}`;
        return [
          fault === "expired"
            ? `${which} expired on ${bad.notAfter.slice(0, 10)}, ${ago(bad, at)}`
            : `${which} is valid only from ${bad.notBefore.slice(0, 16).replace("T", " ")} UTC on`,
        ];
      }
      case "self-signed":
        return product !== null ? [] : ["the certificate is self-signed"];
      case "incomplete-chain":
        return [`the intermediate certificate that issued it (${quote((tlsFacts.chain.at(-1) ?? leaf).issuer)}) isn't sent`];
      case "untrusted-ca":
        return product !== null ? [] : [`its issuer ${quote((tlsFacts.chain.at(-1) ?? leaf).issuer)} is no CA that is trusted`];
      case "other":
        return [`the certificate can't be verified (${tlsFacts.trust.verifyError ?? "unknown reason"})`];
    }
  });
}

function ago({ notAfter }: CertificateFacts, at: Date): string {
  const days = Math.floor((at.getTime() - Date.parse(notAfter)) / 86_400_000);
  return days === 0 ? "less than a day ago" : days === 1 ? "1 day ago" : `${days} days ago`;
}

/** Only a certificate that doesn't cover the name is somebody's default; `localhost` in a real one is no fault. */
function defaultOf(leaf: CertificateFacts, wrong: CertificateFault[]): string | null {
  return wrong.includes("name") ? defaultCertificate(leaf) : null;
}

function names(leaf: CertificateFacts): string[] {
  const all = [...leaf.dnsNames, ...leaf.ipAddresses].map((name) => quote(name).slice(1, -1));
  return all.length > 0 ? all : ["no name at all"];
}

/** A redirect may name any host, and what is printed here gets into shells and configurations. */
function isPrintable(host: string): boolean {
  return /^[A-Za-z0-9._:-]+$/.test(host);
}

/** A new certificate mends every fault; otherwise each fault has its own mend. */
function mends(facts: Facts, hop: Hop, { chain, trust }: TlsFacts, wrong: CertificateFault[]): string[] {
  const { host } = hop;
  if (!isPrintable(host))
    return [`Let ${quote(host)} present a valid certificate of a public CA with its whole chain, or don't redirect there.`];
  const proxy = proxyOfHop(facts, hop);
  if (wrong.some((fault) => ["name", "self-signed", "untrusted-ca", "other"].includes(fault))) {
    return [wellKnownNameAdvice(proxy, { host, port: portOf(hop) }, isIp(host), chain[0], facts.serverName, foundTarget(facts))];
  }
  const last = chain[trust.path.at(-1) ?? 0] ?? chain[0];
  return wrong.flatMap((fault): string[] => {
    if (fault === "expired")
      return dateFault(chain[0], judgedAt(facts)) === "expired" ? expiryAdvice(proxy, host) : expiredIntermediateAdvice(proxy, host);
    if (fault === "not-yet-valid") return ["Set the clock of the machine that issued the certificate, and issue it anew."];
    return [chainAdvice(proxy, host), ...[fetchIssuerAdvice(last)].filter((each) => each !== null)];
  });
}

function handshakeTrouble(facts: Facts, hop: Hop, error: NetError): Trouble {
  const { host } = hop;
  const port = portOf(hop);
  const proxy = proxyOfHop(facts, hop);
  const begins = error.excerpt === undefined ? "" : `, beginning with ${quote(error.excerpt)}`;
  const virtualHost = `Give the web server a virtual host for ${quote(host)} on port ${port} with a certificate for that name`;
  switch (error.code) {
    case "plain-http":
      return {
        what: `port ${port} of ${host} speaks plain HTTP instead of TLS${begins}.`,
        mends: isPrintable(host) ? [tlsOn(proxy, { host, port })] : [virtualHost],
      };
    case "not-tls":
      return {
        what: `port ${port} of ${host} answers with something that is no TLS${begins}.`,
        mends: [`Let the web server of ${host} listen on port ${port}, not another service.`],
      };
    case "tls-alert": {
      const alert = error.alert ?? error.message;
      const what = `${host} ends the TLS handshake with the alert ${quote(alert)}${ALERTS[alert] ?? ""}.`;
      const isCaddys = alert === "internal_error" && isPrintable(host) && (proxy === null || proxy === "caddy");
      return {
        what,
        mends: [
          ...(isCaddys ? [wellKnownNameAdvice("caddy", { host, port }, isIp(host), null, facts.serverName, foundTarget(facts))] : []),
          `${virtualHost}, and TLS 1.2 or 1.3.`,
        ],
      };
    }
    case "reset":
    case "closed":
      return {
        what: `${host} drops the connection on port ${port} during the TLS handshake.`,
        mends: [`${virtualHost}, and check that no firewall filters TLS by name.`],
      };
    default:
      return {
        what: `the TLS handshake with ${host} on port ${port} fails: ${quote(error.message, 160)}.`,
        mends: [`Let ${host} speak TLS 1.2 or 1.3 on port ${port}, with a certificate for that name.`],
      };
  }
}

const ALERTS: Readonly<Record<string, string>> = {
  unrecognized_name: ": it has no certificate for that name",
  handshake_failure: ": it has no certificate for that name, or no cipher that homeservers offer",
  protocol_version: ": it speaks neither TLS 1.2 nor 1.3",
  internal_error: ": mostly, it couldn't get a certificate for that name",
};
