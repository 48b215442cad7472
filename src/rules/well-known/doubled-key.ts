/** well-known/doubled-key: m.server stands twice in the file. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen } from "../../views/well-known-read.ts";

const REFUSING = whose(({ wellKnown }) => wellKnown.doubledKey.is === "falls-back");

export const doubledKey: Rule = {
  code: "well-known/doubled-key",
  severity: "warning",
  mechanisms: ["well-known:doubled-key"],
  title: "The key m.server stands twice in the well-known file",
  spec: SPEC.wellKnown,
  explain: `
The JSON object of the file has the key \`m.server\` more than once. RFC 8259 says that names within an object should be unique, and leaves open what a reader makes of a doubled one.

**How it shows.** Most homeservers take the last value and find the server. continuwuity takes the whole file for broken and goes on to SRV records and port 8448.

**Who is affected.** continuwuity, by its resolver.

**How it comes about.** A template or a script that adds the entry to a file that has one already, or two lines of which one was meant to be a comment: JSON has none.

**Look-alikes.** \`well-known/not-json\`: the text isn't JSON at all. \`well-known/case\`: another spelling of the key. Other keys in the file don't matter.

**How to fix it.** Leave one entry: \`{"m.server": "<host>:<port>"}\`.

**Log lines.** continuwuity: \`response contains junk\`, \`duplicate field\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const doubled = seenBy(facts)
      .filter(isValid)
      .filter(({ attempt: { reading } }) => reading?.kind === "m.server" && reading.doubled === true);
    for (const group of groupBy(doubled, ({ url, result }) => `${result.value} ${url}`)) {
      const [first] = group;
      yield {
        severity: "warning",
        detail: `${first.url} has the key "m.server" more than once. Most homeservers take the last value, ${quote(first.result.value)}; ${list(REFUSING)} ${REFUSING.length === 1 ? "takes" : "take"} the file for broken and ${REFUSING.length === 1 ? "goes" : "go"} on without it.`,
        fix: [`Leave one entry m.server in the file:\n${wellKnownFile(first.result.value)}`],
        where: whereSeen(facts, group),
      };
    }
  },
};
