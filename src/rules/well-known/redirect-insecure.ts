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
One of the redirects goes to an \`http:\` URL. Homeservers follow it, and the answer isn't protected: an attacker on the network can send
another \`m.server\`, and so get the messages for this server.

**How it shows.** It doesn't show: everything works.

**Who is affected.** All homeservers that follow the redirect, and this server's users.

**Usual causes**
- The web server builds absolute URLs, and doesn't know that a proxy in front of it has HTTPS. Send \`X-Forwarded-Proto\` from the proxy,
  and make the application trust it.
- A redirect to \`www\` is written with \`http://\`.
- A redirect that adds a trailing slash has the scheme of the backend.

**Look-alikes.** A redirect from \`http:\` to \`https:\` on port 80 is no fault: homeservers send the first request over HTTPS.
\`well-known/redirect-loop\`: redirects between both without end.

**Fix.** Redirect to \`https:\`. Or better: serve the file without a redirect.
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
        detail: `${from} redirects to ${to}, without TLS. Homeservers follow the redirect. An attacker on the network can change the answer, and get the messages for this server.`,
        fix: [
          exemptAndPublish(
            `Serve the file on ${facts.serverName} without a redirect`,
            facts.serverName,
            isValid(first) ? first.result.value : null,
            proxyAt(facts, first.place),
          ),
          `If the file is also there with https:, make ${from} redirect to that URL:\nLocation: ${to.replace(/^http:/i, "https:")}`,
        ],
        where: [to],
      };
    }
  },
};
