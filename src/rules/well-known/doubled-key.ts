/** well-known/doubled-key: m.server stands twice in the file. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import { hasDoubledKey } from "../../views/doubled-key.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen } from "../../views/well-known-read.ts";

const REFUSING = whose(({ wellKnown }) => wellKnown.doubledKey.is === "falls-back");

export const doubledKey: Rule = {
  code: "well-known/doubled-key",
  severity: "warning",
  mechanisms: ["well-known:doubled-key"],
  title: "The well-known file has the key m.server more than once",
  spec: SPEC.wellKnown,
  explain: `
The JSON object of the file has the key \`m.server\` more than once. RFC 8259 says that names within an object should be unique. It
doesn't say which one a reader uses.

**How it shows.** Most homeservers use the last value and find the server. continuwuity ignores the whole file, and uses SRV records or
port 8448.

**Who is affected.** continuwuity.

**Usual causes.** A template or a script adds the entry to a file that already has one. Or one of two lines was meant as a comment: JSON
has no comments.

**Look-alikes.** \`well-known/not-json\`: the text isn't JSON at all. \`well-known/case\`: another spelling of the key. Other keys in the
file don't matter.

**Fix.** Keep only one entry: \`{"m.server": "<host>:<port>"}\`.

**Log lines.** continuwuity: \`response contains junk\`, \`duplicate field\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const doubled = seenBy(facts)
      .filter(isValid)
      .filter(({ attempt, response }) => hasDoubledKey(attempt.reading, response));
    for (const group of groupBy(doubled, ({ url, result }) => `${result.value} ${url}`)) {
      const [first] = group;
      yield {
        severity: "warning",
        detail: `${first.url} has the key "m.server" more than once. Most homeservers use the last value, ${quote(first.result.value)}. ${list(REFUSING)} ${REFUSING.length === 1 ? "ignores the file and acts" : "ignore the file and act"} as if there were none.`,
        fix: [`Keep only one entry m.server in the file:\n${wellKnownFile(first.result.value)}`],
        where: whereSeen(facts, group),
      };
    }
  },
};
