/** well-known/redirect-relative: a relative Location on a later hop, which Synapse takes for a path of the first host. */
import { withoutRedirect } from "../../advice/where-read.ts";
import type { Facts, WellKnownAttempt } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { synapse } from "../../homeservers/synapse.ts";
import { getsThere } from "../../homeservers/walk.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, shown, whereSeen } from "../../views/well-known-read.ts";
import { relativeHop } from "../../views/synapse-redirect.ts";

export const redirectRelative: Rule = {
  code: "well-known/redirect-relative",
  severity: ["error", "warning"],
  mechanisms: ["well-known:redirect-relative"],
  title: "A relative redirect leads Synapse to the wrong URL",
  spec: SPEC.resolving,
  explain: `
The file is at the end of at least two redirects, and the second or a later one has a relative \`Location\` (\`Location:
/matrix/server.json\`). A relative \`Location\` is relative to the URL that sent it. Synapse (its HTTP library, Twisted) resolves it
against the very first URL, so it asks the wrong host.

**How it shows.** Browsers, curl, Dendrite and the conduwuit family get the file. Synapse gets a 404 or a web page of the first host, and
uses SRV records or port 8448.

**Who is affected.** Synapse, which most servers run. A warning where Synapse reaches the server without the file, too.

**Usual causes.** \`example.com\` redirects to \`https://www.example.com/…\`, and the web server there redirects once more: to the path
with or without a final slash, to a language, or to a static file.

**Look-alikes.** \`well-known/redirected\`: redirects that all homeservers follow; a relative \`Location\` in the first redirect is one of
them. \`well-known/redirect-lost\`: the redirects lead no homeserver to the file.

**Fix.** Serve the file on the server name's host without redirects. Or send the whole URL in that \`Location\`.

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
      const { hop, location, synapse: asked } = first.relative;
      yield {
        severity: getsThere(synapse, facts) ? "warning" : "error",
        detail: `${shown(hop.url)} redirects to ${quote(location, 200)}, which is relative. Synapse resolves it against the first URL, so Synapse asks ${shown(asked)} instead of ${shown(hop.location ?? "")}${said(first.attempt)}.`,
        fix: [
          withoutRedirect(facts, first, first.result.value),
          `Make ${shown(hop.url)} send the whole URL in its redirect:\nLocation: ${hop.location ?? ""}`,
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
