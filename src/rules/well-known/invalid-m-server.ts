/** well-known/invalid-m-server: m.server is a string, but no server name. */
import { correctFile, wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { withInvalidValue } from "../../homeservers/who.ts";
import { readDelegatedName } from "../../matrix/well-known.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { remainingRoute } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const invalidMServer: Rule = {
  code: "well-known/invalid-m-server",
  severity: "error",
  mechanisms: ["well-known:invalid-m-server"],
  title: "m.server is not a server name",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The value of \`m.server\` must be a host name or IP address, with an optional port: \`matrix.example.com:443\`. It is no URL.

**What the specification says.** An invalid value counts as no well-known file: on with SRV records, then port 8448. **What homeservers do.** Most don't fall back:

| value | Synapse | Dendrite | conduwuit, tuwunel | continuwuity | mautrix-go, matrix-media-repo |
| --- | --- | --- | --- | --- | --- |
| \`https://h\` | fails | fails | falls back | fails | fails |
| \`h/\` | asks for \`//_matrix/…\` | fails | falls back | wrong path on 443 | fails |
| port 0 | as without port | connects to 0 | connects to 0 | connects to 0 | as without port |
| port over 65535 | fails | fails | falls back | fails | fails |
| IPv6 without brackets | fails | fails | falls back | works | fails |
| \`_\` in the host | fails | fails | falls back | works | fails |

**How it shows.** Some homeservers reach this one and others don't, which looks like their fault.

**Who is affected.** The finding names them, for the value that was seen.

**Look-alikes.** An empty value is \`well-known/no-m-server\`. A final dot is \`well-known/trailing-dot\`. Labels that only Synapse refuses are \`name/odd-label\`.

**How to fix it.** \`https://matrix.example.com/\` becomes \`matrix.example.com:443\`; the port must be written, because without one SRV and 8448 are tried, not 443.

**Log lines.** Synapse: \`Error parsing well-known for\`. conduwuit: \`Request uri contained '@' character\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "invalid-m-server").flatMap((each) =>
      each.result.kind === "invalid-m-server" ? [{ ...each, value: each.result.value }] : [],
    );
    for (const group of groupBy(seen, ({ value, url }) => `${value} ${url}`)) {
      const [first] = group;
      const reading = readDelegatedName(first.value);
      if (reading.ok) continue;
      const { fails, fallsBack } = withInvalidValue(first.value);
      const route = remainingRoute(facts);
      yield {
        severity: "error",
        detail: [
          `m.server is ${quote(first.value)}. ${reading.problem}`,
          fails.length > 0 ? `${list(fails, 8)} can't reach the server with it.` : "",
          fallsBack.length > 0
            ? `${list(fallsBack, 8)} ${fallsBack.length === 1 ? "goes" : "go"} on as if there were no file${route === null ? "" : `, to ${route}`}.`
            : "",
        ]
          .filter((sentence) => sentence !== "")
          .join(" "),
        fix: [
          reading.corrected === null
            ? `Write your homeserver's host and port into the file behind ${first.url}, without scheme and path. An example:\n${wellKnownFile(`matrix.${facts.serverName}:443`)}`
            : correctFile(first.url, reading.corrected),
        ],
        where: whereSeen(facts, group),
      };
    }
  },
};
