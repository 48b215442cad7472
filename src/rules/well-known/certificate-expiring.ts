/** well-known/certificate-expiring: a certificate on the way to a valid file ends soon. */
import { expiryAdvice } from "../../advice/certificate.ts";
import { proxyAt } from "../../views/proxy.ts";
import { daysLeft } from "../../views/certificate.ts";
import type { Facts } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { done, judgedAt } from "../../views/outcome.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy } from "../../views/well-known-read.ts";

export const certificateExpiring: Rule = {
  code: "well-known/certificate-expiring",
  severity: "warning",
  concerns: "everybody",
  title: "The certificate of the well-known host expires soon",
  spec: SPEC.wellKnown,
  explain: `
The certificate of the host that serves the well-known file has fewer days left than the threshold (14, or \`--min-cert-days\`). When it
expires, all homeservers act as if there were no file.

**How it shows.** It doesn't show before that day. Then homeservers can't reach the server, although the homeserver's own certificate is
still valid.

**Who is affected.** All homeservers, from that day on. Synapse up to 48 hours later, because it keeps the file.

**Usual causes.** ACME clients renew certificates about 30 days before their end. With fewer than 14 days left, the renewal fails or
doesn't cover this host: the host is on another machine than the homeserver, port 80 is closed so that the HTTP challenge fails, a
redirect also catches \`/.well-known/acme-challenge\`, or the certificate was issued by hand.

**Look-alikes.** \`tls/expiring\` is the same for the homeserver's certificate. If the certificate was already renewed, the web server
hasn't loaded it: reload the web server. Certificates with a life of six days are always under the threshold: set \`--min-cert-days\` to
2.

**Fix.** \`certbot certificates\` lists the certificates, and \`certbot renew --dry-run\` shows why the renewal fails.
`,
  *judge(facts: Facts): Iterable<Found> {
    const at = judgedAt(facts);
    const hops = seenBy(facts)
      .filter(isValid)
      .flatMap((seen) => seen.attempt.hops.map((hop) => ({ hop, seen })));
    const ending = hops.flatMap(({ hop, seen }) => {
      const tls = hop.connection === null ? null : done(hop.connection.tls);
      if (tls === null) return [];
      const path = tls.trust.path.map((index) => tls.chain[index]).filter((each) => each !== undefined);
      const soonest = [tls.chain[0], ...path].reduce((least, each) =>
        Date.parse(each.notAfter) < Date.parse(least.notAfter) ? each : least,
      );
      const days = daysLeft(soonest, at);
      // One that is over is another rule's.
      return days < 0 || days >= facts.settings.minCertDays
        ? []
        : [{ hop, seen, certificate: soonest, days, isLeaf: soonest === tls.chain[0] }];
    });
    for (const group of groupBy(ending, ({ hop, certificate }) => `${hop.host} ${certificate.sha256}`)) {
      const [first] = group;
      const { hop, certificate, days, isLeaf } = first;
      yield {
        severity: "warning",
        detail: `${isLeaf ? "The certificate" : "An intermediate certificate"} of ${hop.host} expires on ${certificate.notAfter.slice(0, 10)}, in ${days} ${days === 1 ? "day" : "days"}. That host serves the well-known file. When its certificate expires, all homeservers act as if there were no file.`,
        fix: expiryAdvice(hop.connection === null ? null : proxyAt(facts, place(hop.connection.address, hop.connection.port)), hop.host),
        where: [
          ...new Set([
            hop.url,
            ...places(
              facts,
              group.map(({ hop: each }) => each),
            ),
          ]),
        ],
      };
    }
  },
};

/** The addresses that present it, when others don't. */
function places(facts: Facts, hops: readonly { connection: { address: string; port: number } | null }[]): string[] {
  if (hops.length >= seenBy(facts).length) return [];
  return hops.flatMap(({ connection }) => (connection === null ? [] : [place(connection.address, connection.port)]));
}
