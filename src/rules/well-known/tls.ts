/** well-known/tls: the certificate of the well-known host, or of a host that it redirects to, is refused; or TLS doesn't come about. */
import { certificateProblems } from "../../advice/certificate-problems.ts";
import {
  chainAdvice,
  expiredIntermediateAdvice,
  expiryAdvice,
  fetchIssuerAdvice,
  realCertificateAdvice,
} from "../../advice/certificate.ts";
import { contentProblem, ownCaAdvice } from "../../advice/certificate-fault.ts";
import { wellKnownNameAdvice } from "../../advice/certificate-name.ts";
import { proxyAt, type Proxy } from "../../views/proxy.ts";
import { withoutClientCertificate } from "../../advice/client-certificate.ts";
import { versionsAndCiphers } from "../../advice/tls-versions.ts";
import { lacksEphemeral } from "../../views/handshake.ts";
import { tlsOn } from "../../advice/tls-on.ts";
import { certificateFaults, dateFault, isTestAuthority, synapseFaults, type CertificateFault } from "../../views/certificate.ts";
import { isCaAsLeaf } from "../../views/certificate-use.ts";
import type { CertificateFacts, Facts, Hop, NetError, TlsFacts } from "../../facts/facts.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { done, judgedAt } from "../../views/outcome.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, quote, sentence } from "../../views/words.ts";
import { synapse } from "../../homeservers/synapse.ts";
import { getsThere } from "../../homeservers/walk.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn, leadsElsewhere } from "../../views/remaining-route.ts";
import { portOf } from "../../views/well-known-result.ts";
import { faults, isValid, seenBy, shown, whereSeen, hiddenValue } from "../../views/well-known-read.ts";

export const tls: Rule = {
  code: "well-known/tls",
  severity: ["error", "warning"],
  mechanisms: [
    "well-known:certificate",
    "well-known:handshake",
    "well-known:wildcard-idn",
    "well-known:odd-san",
    "well-known:ca-as-leaf",
    "well-known:key-exchange",
  ],
  title: "TLS fails on the host of the well-known file",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
Homeservers fetch the file over HTTPS. The certificate must be valid for the server name's own host, whatever \`m.server\` says. Each host
of a redirect needs a valid certificate too. With a bad certificate, homeservers act as if there were no file, and use SRV records or port
8448.

**How it shows.** The file looks right in a browser (which adds missing intermediate certificates, or has an exception) and with \`curl
-k\`, but homeservers don't use it.

**Who is affected.** All homeservers.

**Which faults**
- *name*: the certificate is for other names. Typically only for \`www.\` or \`matrix.\`, or the proxy has no virtual host for the server
  name and presents the certificate of another one.
- *a product's default certificate*: the certificate couldn't be issued, or no virtual host matches.
- *expired*: the renewal doesn't cover the server name, or the web server wasn't reloaded.
- *incomplete chain*: the intermediate certificate isn't sent. Use \`fullchain.pem\` instead of \`cert.pem\`.
- *self-signed, unknown CA*: not issued by a CA that homeservers trust.
- *wrong purpose, unknown critical extension, name constraints, SHA-1 or MD5, a weak key*: see \`tls/wrong-purpose\`,
  \`tls/critical-extension\`, \`tls/name-constraints\`, \`tls/weak-signature\`, \`tls/weak-key\`.
- *refused by Synapse alone*: a wildcard for an internationalised label, or an odd entry beside the name (\`tls/wildcard-idn\`,
  \`tls/odd-san\`). Then Synapse alone acts as if there were no file.
- *refused by homeservers in Rust alone*: the certificate of a CA (\`tls/ca-as-leaf\`). A warning.
- *no ECDHE*: only cipher suites that homeservers with rustls or Go don't support (\`tls/old-key-exchange\`). A warning.
- *client certificate*: the server refuses clients that have none.
- *handshake*: the server ends the handshake with an alert. \`unrecognized_name\` and \`handshake_failure\` often mean that it has no
  certificate for this name.

**Fix.** Give the web server a certificate of a public CA that covers the server name's own host, with its full chain, and reload it. The
delegated host needs another certificate, for its own name.

**Look-alikes.** \`tls/*\`: the same faults at the homeserver itself. \`well-known/split\`: only some addresses of the host have the
fault.

**How to test.** \`openssl s_client -connect <server name>:443 -servername <server name> -verify_return_error </dev/null\`

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: … certificate verify failed\`. Dendrite: \`x509: certificate
is valid for\`. Proxies: \`AH02032\`, \`TRAEFIK DEFAULT CERT\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "tls").flatMap((each) => {
      const { result } = each;
      if (result.kind === "certificate") return [{ ...each, hop: result.hop, ...certificateTrouble(facts, result.hop, result.faults) }];
      return result.kind === "handshake" ? [{ ...each, hop: result.hop, ...handshakeTrouble(facts, result.hop, result.error) }] : [];
    });
    for (const group of groupBy(seen, ({ what, url }) => `${what} ${url}`)) {
      const [first] = group;
      const hidden = first.result.kind === "certificate" ? hiddenValue(first.hop) : null;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${first.what}${hidden === null ? "" : ` The file there says ${quote(hidden)}, but homeservers don't read it.`} ${goesOn(facts)}`,
        fix: first.mends,
        where: whereSeen(facts, group),
        // Where it leads is known, so that the place where homeservers go without it was never meant.
        ...(hidden !== null && leadsElsewhere(facts, hidden) ? { explainsOthers: "route" as const } : {}),
      };
    }
    yield* forSynapse(facts);
    yield* forRust(facts);
    yield* forEphemeral(facts);
  },
};

/**
 * Connections on the way to a valid file whose certificates most homeservers take. Whoever refuses one acts as if there were no file; where
 * there is none for anybody, that makes no difference.
 */
function soundOnTheWay(facts: Facts) {
  return seenBy(facts)
    .filter(isValid)
    .flatMap((each) =>
      each.attempt.hops.flatMap((hop) => {
        const tlsFacts = hop.connection === null ? null : done(hop.connection.tls);
        if (tlsFacts === null || certificateFaults(tlsFacts, hop.host, isIpLiteral(hop.host), judgedAt(facts)).length > 0) return [];
        return [{ ...each, hop, url: shown(hop.url), tlsFacts }];
      }),
    );
}

/** Certificates that Synapse alone refuses: for the others the file decides the route. */
function* forSynapse(facts: Facts): Iterable<Found> {
  const seen = soundOnTheWay(facts).flatMap((each) =>
    synapseFaults(each.tlsFacts, each.hop.host, isIpLiteral(each.hop.host)).map((fault) => ({
      ...each,
      what: sentence(contentProblem(fault, each.tlsFacts, each.hop.host)),
    })),
  );
  for (const group of groupBy(seen, ({ what, url }) => `${what} ${url}`)) {
    const [{ hop, url, what, tlsFacts }] = group;
    const works = getsThere(synapse, facts);
    yield {
      severity: works ? "warning" : "error",
      detail: `${url}: ${what} Synapse refuses the certificate, and uses SRV records or port 8448 instead${works ? ", which works" : ""}. Other homeservers use the file.`,
      fix: isPrintable(hop.host)
        ? [otherCertificate(facts, hop, tlsFacts.chain[0], facts.route?.delegatedName ?? null)]
        : [`Give ${quote(hop.host)} a certificate with its full name and without odd entries, or don't redirect there.`],
      where: whereSeen(facts, group),
      // The route is the file's.
      explainsOthers: false,
    };
  }
}

/** A CA's certificate, which rustls refuses for a server. */
function* forRust(facts: Facts): Iterable<Found> {
  const seen = soundOnTheWay(facts).filter(({ tlsFacts }) => isCaAsLeaf(tlsFacts));
  for (const group of groupBy(seen, ({ tlsFacts, url }) => `${tlsFacts.chain[0].sha256} ${url}`)) {
    const [{ hop, url, tlsFacts }] = group;
    yield {
      severity: "warning",
      detail: `${url}: the certificate ${quote(tlsFacts.chain[0].subject)} is a CA certificate (CA:TRUE). Homeservers in Rust refuse it for a server (CaUsedAsEndEntity), and use SRV records or port 8448 instead. Synapse and Dendrite use the file.`,
      fix: isPrintable(hop.host)
        ? [otherCertificate(facts, hop, tlsFacts.chain[0], facts.route?.delegatedName ?? null), ownCaAdvice(hop.host)]
        : [`Give ${quote(hop.host)} a certificate of a server (CA:FALSE), or don't redirect there.`],
      where: whereSeen(facts, group),
      explainsOthers: false,
    };
  }
}

/** A server without ECDHE, which rustls and Go need. */
function* forEphemeral(facts: Facts): Iterable<Found> {
  const seen = soundOnTheWay(facts).filter(({ hop }) => lacksEphemeral(hop));
  for (const group of groupBy(seen, ({ tlsFacts, url }) => `${tlsFacts.cipher} ${url}`)) {
    const [{ hop, url, tlsFacts }] = group;
    yield {
      severity: "warning",
      detail: `${url}: the server chooses ${tlsFacts.cipher}, and has no ECDHE. Homeservers with rustls or Go need ECDHE or TLS 1.3; their handshake fails, and they use SRV records or port 8448 instead. Synapse uses the file.`,
      fix: [versionsAndCiphers(portOf(hop), proxyOfHop(facts, hop))],
      where: whereSeen(facts, group),
      explainsOthers: false,
    };
  }
}

/** `delegatedName`: what the file says, where that is known. */
function otherCertificate(facts: Facts, hop: Hop, leaf: CertificateFacts, delegatedName: string | null): string {
  const { host } = hop;
  const served = { host, port: portOf(hop) };
  return wellKnownNameAdvice(
    proxyOfHop(facts, hop),
    served,
    isIpLiteral(host),
    leaf,
    facts.serverName,
    delegatedName ?? foundTarget(facts),
  );
}

/** A redirect's host may stand behind another proxy than the server name's. */
function proxyOfHop(facts: Facts, { connection }: Hop): Proxy | null {
  return connection === null ? null : proxyAt(facts, place(connection.address, connection.port));
}

interface Trouble {
  what: string;
  mends: string[];
}

function certificateTrouble(facts: Facts, hop: Hop, wrong: readonly CertificateFault[]): Trouble {
  const tlsFacts = hop.connection === null ? null : done(hop.connection.tls);
  if (tlsFacts === null) return { what: "TLS fails.", mends: [`Give ${hop.host} a valid certificate on port ${portOf(hop)}.`] };
  return {
    what: `${certificateProblems(tlsFacts, hop.host, wrong, judgedAt(facts)).join("; ")}.`,
    mends: mends(facts, hop, tlsFacts, wrong),
  };
}

/** A redirect may name any host, and what is printed here gets into shells and configurations. */
function isPrintable(host: string): boolean {
  return /^[A-Za-z0-9._:-]+$/.test(host);
}

/** A new certificate mends every fault; otherwise each fault has its own mend. */
function mends(facts: Facts, hop: Hop, { chain, trust }: TlsFacts, wrong: readonly CertificateFault[]): string[] {
  const { host } = hop;
  if (!isPrintable(host)) return [`Give ${quote(host)} a valid certificate of a public CA with its whole chain, or don't redirect there.`];
  const proxy = proxyOfHop(facts, hop);
  if (wrong.includes("untrusted-ca") && !wrong.includes("name") && isTestAuthority(chain[0].issuer))
    return [realCertificateAdvice(proxy, host)];
  if (wrong.some((fault) => !["expired", "not-yet-valid", "incomplete-chain"].includes(fault))) {
    return [otherCertificate(facts, hop, chain[0], hiddenValue(hop))];
  }
  return wrong.flatMap((fault): string[] => {
    if (fault === "expired")
      return dateFault(chain[0], judgedAt(facts)) === "expired" ? expiryAdvice(proxy, host) : expiredIntermediateAdvice(proxy, host);
    if (fault === "not-yet-valid") return ["Set the clock of the machine that issued the certificate, and issue it again."];
    return [
      chainAdvice(proxy, host),
      ...(trust.fetched?.end === "trusted" ? [fetchIssuerAdvice(trust.fetched)].filter((each) => each !== null) : []),
    ];
  });
}

function handshakeTrouble(facts: Facts, hop: Hop, error: NetError): Trouble {
  const { host } = hop;
  const port = portOf(hop);
  const proxy = proxyOfHop(facts, hop);
  const begins = error.excerpt === undefined ? "" : `, beginning with ${quote(error.excerpt)}`;
  if (error.asksClientCertificate === true)
    return {
      what: `${host} asks for a client certificate (mutual TLS), and refuses homeservers, which have none: ${quote(error.message, 160)}.`,
      mends: [withoutClientCertificate(proxy, port)],
    };
  const virtualHost = `Give the web server a virtual host for ${quote(host)} on port ${port} with a certificate for that name`;
  switch (error.code) {
    case "plain-http":
      return {
        what: `port ${port} of ${host} speaks plain HTTP instead of TLS${begins}.`,
        mends: isPrintable(host) ? [tlsOn(proxy, { host, port })] : [`${virtualHost}.`],
      };
    case "not-tls":
      return {
        what: `port ${port} of ${host} answers with something that isn't TLS${begins}.`,
        mends: [`Make the web server of ${host} listen on port ${port}, instead of the other service.`],
      };
    case "tls-alert": {
      const alert = error.alert ?? error.message;
      const what = `${host} ends the TLS handshake with the alert ${quote(alert)}${ALERTS[alert] ?? ""}.`;
      const isCaddys = alert === "internal_error" && isPrintable(host) && (proxy === null || proxy === "caddy");
      return {
        what,
        mends: [
          ...(isCaddys
            ? [wellKnownNameAdvice("caddy", { host, port }, isIpLiteral(host), null, facts.serverName, foundTarget(facts))]
            : []),
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
        mends: [`Make the server ${host} speak TLS 1.2 or 1.3 on port ${port}, with a certificate for that name.`],
      };
  }
}

const ALERTS: Readonly<Record<string, string>> = {
  unrecognized_name: ": it has no certificate for that name",
  handshake_failure: ": it has no certificate for that name, or no cipher that homeservers offer",
  protocol_version: ": it speaks neither TLS 1.2 nor 1.3",
  internal_error: ": mostly, it couldn't get a certificate for that name",
};
