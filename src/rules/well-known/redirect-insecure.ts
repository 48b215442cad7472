/** well-known/redirect-insecure: a redirect leads through plain http:. */
import { withoutRedirect } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { foundTarget } from "../../views/remaining-route.ts";
import { wellKnownUrl } from "../../views/well-known-result.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { faultName, isValid, seenBy, shown, type Seen } from "../../views/well-known-read.ts";

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
        fix: [withoutRedirect(facts, first, isValid(first) ? first.result.value : foundTarget(facts)), ...overTls(first, from)],
        where: [to],
      };
    }
  },
};

/** Where `from` may redirect to instead: where the file was seen over TLS, or else might be. None that redirects itself. */
function overTls(seen: Seen, from: string): string[] {
  const { hops } = seen.attempt;
  const urls = hops.map(({ url }) => url);
  const last = urls.at(-1) ?? "";
  if (isValid(seen) && /^https:/i.test(last)) {
    return shown(last) === last
      ? [`Make ${from} redirect to where the file is at last, without the step over plain HTTP:\nLocation: ${last}`]
      : [];
  }
  const plain = urls.find((url) => /^http:/i.test(url)) ?? "";
  const twin = plain.replace(/^http:/i, "https:");
  // Nothing speaks TLS on the port where plain HTTP was spoken.
  const hasPort = !URL.canParse(plain) || new URL(plain).port !== "";
  if (hasPort || shown(twin) !== twin || urls.includes(twin)) return [];
  return [`If the file is also there with https:, make ${from} redirect to that URL:\nLocation: ${twin}`];
}
