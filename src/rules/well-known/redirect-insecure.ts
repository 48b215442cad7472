/** well-known/redirect-insecure: a redirect leads through plain http:. */
import { exemptAndPublish } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { wellKnownUrl } from "../../views/well-known-result.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { faultName, isValid, seenBy, shown } from "../../views/well-known-read.ts";

export const redirectInsecure: Rule = {
  code: "well-known/redirect-insecure",
  severity: "warning",
  mechanisms: ["well-known:redirect-scheme"],
  concerns: "everybody",
  title: "A redirect of the well-known file leads through plain HTTP",
  spec: SPEC.wellKnown,
  explain: `
One of the redirects goes to an \`http:\` URL. Homeservers follow it, and what they read there has not been protected on the way: anybody between the two can answer with another \`m.server\`,
and have the messages meant for this server delivered elsewhere, as far as they can get a certificate for that host.

**How it shows.** It doesn't; everything works.

**Who is affected.** All homeservers that follow it, and this server's users.

**How it comes about**
- The web server builds absolute URLs and doesn't know that a proxy before it speaks HTTPS. Forward \`X-Forwarded-Proto\`, and make the application trust it.
- A rule "redirect to www" is written with \`http://\`.
- A trailing slash is added with the scheme of the backend.

**Look-alikes.** The redirect from \`http:\` to \`https:\` on port 80 is right, and nobody asks there: the first request is always HTTPS. A circle between both is \`well-known/redirect-loop\`.

**How to fix it.** Redirect to \`https:\`, or better, answer the path directly.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = seenBy(facts).filter((each) => faultName(facts, each) !== "redirect-loop");
    const insecure = seen.flatMap((each) => {
      const index = each.attempt.hops.findIndex(({ url }) => /^http:/i.test(url));
      const hop = each.attempt.hops[index];
      const from = each.attempt.hops[index - 1];
      return hop === undefined ? [] : [{ ...each, to: shown(hop.url), from: from === undefined ? wellKnownUrl(facts) : shown(from.url) }];
    });
    for (const group of groupBy(insecure, ({ from, to }) => `${from} ${to}`)) {
      const [first] = group;
      const { from, to } = first;
      yield {
        severity: "warning",
        detail: `${from} redirects to ${to}, without TLS. Homeservers follow it, and anybody on the way can change the answer, and so where this server's messages go.`,
        fix: [
          exemptAndPublish(
            `Answer the file on ${facts.serverName} without a redirect`,
            facts.serverName,
            isValid(first) ? first.result.value : null,
            proxyAt(facts, first.place),
          ),
          `If the file is there with TLS too, let ${from} redirect there:\nLocation: ${to.replace(/^http:/i, "https:")}`,
        ],
        where: [to],
      };
    }
  },
};
