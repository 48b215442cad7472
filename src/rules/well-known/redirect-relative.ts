/** well-known/redirect-relative: a relative Location on a later hop, which Synapse takes for a path of the first host. */
import { publishAdvice } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts, WellKnownAttempt } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, shown, whereSeen } from "../../views/well-known-read.ts";
import { relativeHop } from "../../views/synapse-redirect.ts";

export const redirectRelative: Rule = {
  code: "well-known/redirect-relative",
  severity: "error",
  mechanisms: ["well-known:redirect-relative"],
  title: "Synapse loses the way at a relative redirect",
  spec: SPEC.resolving,
  explain: `
The file is reached over at least two redirects, and the second or a later one has a relative \`Location\` (\`Location: /matrix/server.json\`). It is meant to be relative to the URL that sent it. Synapse
resolves it against the first URL of all (its HTTP library, Twisted, does), so it asks another host than the one that was meant.

**How it shows.** Browsers, curl, Dendrite and the conduwuit family get the file. Synapse gets a 404 or a web page of the first host, and goes on to SRV records and port 8448.

**Who is affected.** Homeservers that run Synapse, which are most of them.

**How it comes about.** \`example.com\` redirects to \`https://www.example.com/…\`, and the web server there redirects once more: to the path with or without a final slash, to a language, to a static file.

**Look-alikes.** \`well-known/redirected\`: redirects that everybody follows. A relative \`Location\` on the first hop is one of those, and so is one that leads to the same file from the first host. \`well-known/redirect-lost\`: the file isn't at the end for anybody.

**How to fix it.** Answer the file on the server name's host without redirects, or send a whole URL in that \`Location\`.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 404\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const lost = seenBy(facts)
      .filter(isValid)
      .flatMap((seen) => {
        const relative = relativeHop(seen.attempt);
        return relative === null || synapseGets(seen.attempt, seen.result.value) ? [] : [{ ...seen, relative }];
      });
    for (const group of groupBy(lost, ({ relative }) => `${relative.hop.url} ${relative.location}`)) {
      const [first] = group;
      const { hop, location, synapse } = first.relative;
      yield {
        severity: "error",
        detail: `${shown(hop.url)} redirects to ${quote(location, 200)}, which is relative. Synapse resolves that against the first URL, so it asks ${shown(synapse)} instead of ${shown(hop.location ?? "")}${said(first.attempt)}.`,
        fix: [
          publishAdvice(facts.serverName, first.result.value, proxyAt(facts, first.place)),
          `Let ${shown(hop.url)} send the whole URL in its redirect:\nLocation: ${hop.location ?? ""}`,
        ],
        where: whereSeen(facts, group, "start"),
      };
    }
  },
};

/** At the place where Synapse looks there is the same file. What isn't known is taken for missing: a file there is the exception. */
function synapseGets({ asSynapse }: WellKnownAttempt, value: string): boolean {
  return asSynapse?.reading?.kind === "m.server" && asSynapse.reading.value === value;
}

function said({ asSynapse }: WellKnownAttempt): string {
  if (asSynapse === undefined) return "";
  const { reading, response } = asSynapse;
  if (reading?.kind === "m.server") return `, where m.server is ${quote(reading.value)}`;
  const status = done(response)?.status;
  return status === undefined ? ", which doesn't answer" : `, and gets ${status === 200 ? "something else" : `status ${status}`}`;
}
