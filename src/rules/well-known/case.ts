/** well-known/case: `M.SERVER` or the like, while the route that most homeservers take instead works. */
import { publishWhereRead } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

const READING = whose(({ wellKnown }) => wellKnown.keyCase.is === "any");

export const keyCase: Rule = {
  code: "well-known/case",
  severity: "warning",
  mechanisms: ["well-known:key-case", "well-known:invalid-m-server"],
  title: "The key m.server is written in another case",
  spec: SPEC.wellKnown,
  explain: `
JSON keys are case-sensitive, and the key is \`m.server\`. Go's JSON package ignores case, so homeservers written in Go also read
\`M.SERVER\` or \`m.Server\`. All others ignore such a key.

**How it shows.** Dendrite, mautrix-go and matrix-media-repo connect to the host in the file. Synapse, the conduwuit family and the others
use SRV records or port 8448. If both lead to the homeserver, nobody notices until one of them changes.

**Who is affected.** All homeservers but those written in Go.

**Look-alikes.** \`well-known/no-m-server\`: the same, but the server doesn't work without the file; or another misspelling
(\`m_server\`), which nobody reads.

**Fix.** Write the key in lower case: \`{"m.server": "<host>:<port>"}\`.

**Log lines.** Synapse: \`Error parsing well-known for …: 'm.server'\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "case"), (seen) => `${keyOf(seen).key} ${keyOf(seen).value} ${seen.url}`)) {
      const [first] = group;
      const { key, value } = keyOf(first);
      const target = parseServerName(value).ok ? value : foundPlace(facts);
      yield {
        severity: "warning",
        detail: `${first.url} has ${quote(key)} instead of "m.server". Only homeservers written in Go (${READING.join(", ")}) read it, and connect to ${quote(value)}. ${goesOn(facts, "All others")}`,
        fix: [`Write the key in lower case, as here. ${publishWhereRead(facts, first, target)}`],
        where: whereSeen(facts, group),
      };
    }
  },
};

function keyOf({ result }: Seen): { key: string; value: string } {
  if (result.kind !== "unreadable" || result.reading.kind !== "no-m-server") return { key: "", value: "" };
  return { key: result.reading.near ?? "", value: result.reading.nearValue ?? "" };
}
