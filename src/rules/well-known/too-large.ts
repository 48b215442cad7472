/** well-known/too-large: the file is so long that some homeservers don't read it. */
import type { Facts } from "../../facts/facts.ts";
import { WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
import { faults, isValid, seenBy, whereSeen, type Seen } from "../../views/well-known-read.ts";

/** From this size on conduwuit and tuwunel ignore the file, and Synapse and Dendrite fail (homeservers.md, "body limit"). */
const CONDUWUIT_LIMIT = 12_288;
const SYNAPSE_LIMIT = 51_200;

export const tooLarge: Rule = {
  code: "well-known/too-large",
  severity: ["error", "warning"],
  mechanisms: ["well-known:too-large"],
  title: "The well-known file is too large",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The file needs about 50 bytes. Homeservers read only so much of it:

| from | who stops |
| --- | --- |
| 12,288 B | conduwuit, tuwunel: go on as if there were no file |
| 51,200 B | Synapse, Dendrite: the same |
| 262,144 B | continuwuity; this tool too, which then goes on as if there were no file |

**How it shows.** Some homeservers follow the file, others go on to SRV records and port 8448.

**Who is affected.** The implementations named, by the size that was seen.

**How it comes about.** A file that a generator fills with other things, a template with a long comment, white space, or an endless answer of a script.

**Look-alikes.** A large web page instead of the file is \`well-known/not-json\`, as long as it can be read to its end.

**How to fix it.** Reduce the file to \`{"m.server": "<host>:<port>"}\`.

**Log lines.** Synapse: \`Requested .well-known file for … is too large > 51200 bytes\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const large = seenBy(facts)
      .filter(isValid)
      .flatMap((seen) => (bytes(seen) >= CONDUWUIT_LIMIT ? [{ ...seen, size: bytes(seen), whole: true }] : []));
    const cut = faults(facts, "too-large").map((seen) => ({ ...seen, size: WELL_KNOWN_MAX_BYTES, whole: false }));
    for (const group of groupBy([...large, ...cut], ({ size, whole, url }) => `${size} ${whole} ${url}`)) {
      const [first] = group;
      if (first === undefined) continue;
      const { size, whole, url } = first;
      const error = size >= SYNAPSE_LIMIT;
      const who = !whole
        ? `Synapse and Dendrite stop at ${bytesText(SYNAPSE_LIMIT)}, conduwuit and tuwunel at ${bytesText(CONDUWUIT_LIMIT)}. ${goesOn(facts)}`
        : error
          ? `Synapse and Dendrite don't read files of ${bytesText(SYNAPSE_LIMIT)} and more, conduwuit and tuwunel none of ${bytesText(CONDUWUIT_LIMIT)} and more.`
          : `conduwuit and tuwunel ignore files of ${bytesText(CONDUWUIT_LIMIT)} and more.`;
      yield {
        severity: error ? "error" : "warning",
        detail: `${url} is ${whole ? "" : "more than "}${bytesText(size)} long. ${who}`,
        fix: [`Reduce the file behind ${url} to the entry m.server; it needs less than 100 B.`],
        where: whereSeen(facts, group),
      };
    }
  },
};

function bytes({ response }: Seen): number {
  return response?.bodyBytes ?? 0;
}

function bytesText(count: number): string {
  return `${count.toLocaleString("en-US")} B`;
}
