/** well-known/case: `M.SERVER` or the like, while the route that most homeservers take instead works. */
import { publishAdvice } from "../../advice/well-known.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

const READING = whose(({ wellKnown }) => wellKnown.keyCase.is === "any");

export const keyCase: Rule = {
  code: "well-known/case",
  severity: "warning",
  mechanisms: ["well-known:key-case", "well-known:invalid-m-server"],
  title: "The key m.server is written in another case",
  spec: SPEC.wellKnown,
  explain: `
JSON keys are case-sensitive, and the key is \`m.server\`. Go's JSON package compares keys without regard to case, so homeservers written in Go read \`M.SERVER\` or \`m.Server\` as well; to
all others the entry isn't there.

**How it shows.** Dendrite, mautrix-go and matrix-media-repo connect where the file says. Synapse, the conduwuit family and the rest go on to SRV records and port 8448. If both lead to the
homeserver, nobody notices until one of them changes.

**Who is affected.** All but the implementations in Go.

**Look-alikes.** When the other route doesn't work, the file is as good as missing for most: that is \`well-known/no-m-server\`. Other misspellings (\`m_server\`) are read by nobody and are
\`well-known/no-m-server\` too.

**How to fix it.** Write the key in lower case: \`{"m.server": "<host>:<port>"}\`.

**Log lines.** Synapse: \`Error parsing well-known for …: 'm.server'\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "case"), (seen) => `${keyOf(seen).key} ${keyOf(seen).value} ${seen.url}`)) {
      const [first] = group;
      const { key, value } = keyOf(first);
      const target = parseServerName(value).ok ? value : foundTarget(facts);
      yield {
        severity: "warning",
        detail: `${first.url} has ${quote(key)} instead of "m.server". Only homeservers written in Go (${READING.join(", ")}) read it, and connect to ${quote(value)}. ${goesOn(facts, "All others")}`,
        fix: [`Write the key in lower case, as here. ${publishAdvice(facts.serverName, target, proxyAt(facts, first.place))}`],
        where: whereSeen(facts, group),
      };
    }
  },
};

function keyOf({ result }: Seen): { key: string; value: string } {
  if (result.kind !== "unreadable" || result.reading.kind !== "no-m-server") return { key: "", value: "" };
  return { key: result.reading.near ?? "", value: result.reading.nearValue ?? "" };
}
