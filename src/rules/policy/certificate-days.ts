/** policy/certificate-days: a certificate ends sooner than the configuration allows. */
import { expiryAdvice, proxyAmong } from "../../advice/certificate.ts";
import { certificateEnds } from "../../views/certificate-ends.ts";
import { place } from "../../facts/address.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, list, quote } from "../../views/words.ts";
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
Your configuration file expects that certificates are valid for at least a number of days (\`"expect": { "certificateDays": 21 }\`). One
certificate has fewer days left. Checked are the homeserver's certificate at each address, the certificates of the well-known host and of
hosts that it redirects to, and the intermediate certificates that are sent with them.

**How it shows.** As an error, although nothing is broken yet: your expectation isn't met. ACME clients renew certificates of 90 days when
30 are left.

**Who is affected.** Nobody yet; all homeservers when the certificate has expired.

**Look-alikes.** \`tls/expiring\` and \`well-known/certificate-expiring\` come without an expectation, as warnings, with the threshold of
\`--min-cert-days\`. \`tls/expired\`: the certificate has already expired.

**Fix.** Find out why the certificate wasn't renewed (\`certbot renew --dry-run\`). If the file on disk is newer, reload the server. For
certificates with a life of six days, lower the expectation.
`,
  *judge(facts: Facts): Iterable<Found> {
    const least = facts.settings.expect?.certificateDays;
    if (least === undefined) return;
    const at = judgedAt(facts).getTime();
    // One that is over is another rule's.
    const soon = certificateEnds(facts).filter((end) => end.at >= at && end.at - at < least * DAY_MS);
    for (const group of groupBy(soon, ({ host, at: end, intermediate }) => JSON.stringify([host, end, intermediate]))) {
      const [first] = group;
      const places = [...new Set(group.map(({ address, port }) => place(address, port)))];
      const days = Math.floor((first.at - at) / DAY_MS);
      yield {
        severity: "error",
        detail: `${first.intermediate === null ? "The certificate" : `The intermediate certificate ${quote(first.intermediate)}`} of ${first.host} (${list(places)}) ends on ${new Date(first.at).toISOString().slice(0, 10)}, in ${days} ${days === 1 ? "day" : "days"}. You expect at least ${least} days.`,
        fix: expiryAdvice(proxyAmong(facts, places), first.role === "homeserver" ? (facts.route?.tlsName ?? first.host) : first.host),
        where: places,
      };
    }
  },
};
