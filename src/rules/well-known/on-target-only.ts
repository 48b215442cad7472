/** well-known/on-target-only: the file is on the homeserver's host, where nobody looks for it. */
import { publishWhereRead } from "../../advice/where-read.ts";
import { quote } from "../../views/words.ts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const onTargetOnly: Rule = {
  code: "well-known/on-target-only",
  severity: "error",
  mechanisms: ["well-known:status", "well-known:not-json", "well-known:no-m-server"],
  title: "The well-known file is on the homeserver's host instead of the base domain",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
Homeservers ask \`https://<server name>/.well-known/matrix/server\`: on the host after the colon of a user ID. Here that host answers 404,
and the file is on \`matrix.<server name>\` or another host of the homeserver, where no homeserver asks for it.

**How it shows.** The file opens in a browser, on the wrong host. Homeservers connect to port 8448 of the server name, where nothing
listens.

**Who is affected.** All homeservers.

**Usual causes.** The proxy configuration of a guide was added to the virtual host of \`matrix.example.com\` instead of \`example.com\`.

**Look-alikes.** \`well-known/not-found\`: there is no file anywhere. \`well-known/split\`: some addresses of the right host serve it.

**Fix.** Serve the same file on the server name's own host. The copy on the other host has no effect, and may stay.

**Log lines.** Synapse: \`Error parsing well-known for …: Non-200 response 404\`. Dendrite: \`No .well-known found\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const [elsewhere] = facts.clues?.wellKnowns.found ?? [];
    const seen = faults(facts, "on-target-only");
    const [first] = seen;
    if (elsewhere === undefined || first === undefined) return;
    yield {
      severity: "error",
      detail: `${first.url} answers ${first.response?.status}, but ${elsewhere.host} has the file. ${elsewhere.url} says {"m.server": ${quote(elsewhere.value)}}. Homeservers ask only the first URL. ${goesOn(facts)}`,
      // What that file says may be wrong as well.
      fix: [publishWhereRead(facts, first, foundTarget(facts) ?? elsewhere.value)],
      where: whereSeen(facts, seen),
    };
  },
};
