/** well-known/on-target-only: the file is on the homeserver's host, where nobody looks for it. */
import { publishWhereRead } from "../../advice/where-read.ts";
import { quote } from "../../views/words.ts";
import { DEFAULT_PORT } from "../../matrix/paths.ts";
import { formatHostPort, parseServerName } from "../../matrix/server-name.ts";
import { isTried } from "../../views/found-homeserver.ts";
import type { Facts, FoundWellKnown } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, type Seen, whereSeen } from "../../views/well-known-read.ts";

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
      fix: [fix(facts, first, elsewhere)],
      where: whereSeen(facts, seen),
    };
  },
};

/** What that file says may be wrong as well. */
function fix(facts: Facts, seen: Seen, { host, value }: FoundWellKnown): string {
  const found = foundPlace(facts);
  const name = parseServerName(value);
  if (found !== null || !name.ok) return publishWhereRead(facts, seen, found);
  const { dnsHost, port } = name.name;
  if (!isTried(facts, formatHostPort(dnsHost, port ?? DEFAULT_PORT))) return publishWhereRead(facts, seen, value);
  const inVain = `No homeserver of ${facts.serverName} answers at ${value}, where that file leads.`;
  // Its web server is there: it gave the file.
  return dnsHost === host.toLowerCase() && port === 443
    ? `${inVain} First forward https://${host}/_matrix to the homeserver. ${publishWhereRead(facts, seen, value)}`
    : `${inVain} ${publishWhereRead(facts, seen, null)}`;
}
