/** policy/certificate-days: a certificate ends sooner than the configuration allows. */
import { expiryAdvice, proxyAmong } from "../../advice/certificate.ts";
import { certificateEnds } from "../../views/certificate-ends.ts";
import { place } from "../../facts/address.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, list } from "../../views/words.ts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const DAY_MS = 86_400_000;

export const certificateDays: Rule = {
  code: "policy/certificate-days",
  severity: "error",
  concerns: "nobody",
  title: "A certificate ends sooner than expected",
  spec: SPEC.tls,
  // The warning says the same with another threshold.
  causes: ["tls/expiring", "well-known/certificate-expiring"],
  explain: `
The configuration file expects certificates that are good for so many days at least (\`"expect": { "certificateDays": 21 }\`), and one that homeservers look at has fewer left: the homeserver's on any of
its addresses, that of the host with the well-known file or of one that it redirects to, or an intermediate certificate that is sent with them.

**How it shows.** As an error, while nothing is broken yet: it is the expectation that doesn't hold. ACME clients renew certificates of 90 days when 30 are left.

**Who is affected.** Nobody yet; when it has ended, everybody.

**Look-alikes.** \`tls/expiring\` and \`well-known/certificate-expiring\` are warnings for everybody, under \`--min-cert-days\`. \`tls/expired\` is over already.

**Fix.** Find out why it wasn't renewed (\`certbot renew --dry-run\`), or, if the file on disk is newer, reload the server. Certificates that live for six days need a lower expectation.
`,
  *judge(facts: Facts): Iterable<Found> {
    const least = facts.settings.expect?.certificateDays;
    if (least === undefined) return;
    const at = judgedAt(facts).getTime();
    // One that is over is another rule's.
    const soon = certificateEnds(facts).filter((end) => end.at >= at && end.at - at < least * DAY_MS);
    for (const group of groupBy(soon, ({ host, at: end }) => JSON.stringify([host, end]))) {
      const [first] = group;
      const places = [...new Set(group.map(({ address, port }) => place(address, port)))];
      const days = Math.floor((first.at - at) / DAY_MS);
      yield {
        severity: "error",
        detail: `The certificate of ${first.host} (${list(places)}) ends on ${new Date(first.at).toISOString().slice(0, 10)}, in ${days} ${days === 1 ? "day" : "days"}; expected are ${least} at least.`,
        fix: expiryAdvice(proxyAmong(facts, places), first.role === "homeserver" ? (facts.route?.tlsName ?? first.host) : first.host),
        where: places,
      };
    }
  },
};
