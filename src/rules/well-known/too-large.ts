/** well-known/too-large: the file is so long that some homeservers don't read it. */
import type { Facts } from "../../facts/facts.ts";
import { WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { synapse } from "../../homeservers/synapse.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
import { faults, isValid, seenBy, whereSeen, type Seen } from "../../views/well-known-read.ts";

/** How much is read of a file, and by whom; from a byte more on it is ignored. */
const LIMITS = limitsOf(({ wellKnown }) => wellKnown.maxBytes);
/** The least that somebody doesn't read. */
const LEAST = (LIMITS[0]?.limit ?? WELL_KNOWN_MAX_BYTES) + 1;
const SYNAPSE_LIMIT = (synapse.wellKnown.maxBytes.is ?? WELL_KNOWN_MAX_BYTES) + 1;

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
${LIMITS.map(({ limit, names }) => `| ${bytesText(limit + 1)} | ${names.join(", ")} |`).join("\n")}

They go on as if there were no file; so does this tool over ${bytesText(WELL_KNOWN_MAX_BYTES)}. An error when Synapse is among them, a warning otherwise.

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
      .flatMap((seen) => (bytes(seen) >= LEAST ? [{ ...seen, size: bytes(seen), whole: true }] : []));
    const cut = faults(facts, "too-large").map((seen) => ({ ...seen, size: WELL_KNOWN_MAX_BYTES, whole: false }));
    for (const group of groupBy([...large, ...cut], ({ size, whole, url }) => `${size} ${whole} ${url}`)) {
      const [first] = group;
      const { size, whole, url } = first;
      const error = size >= SYNAPSE_LIMIT;
      const ignoring = LIMITS.filter(({ limit }) => !whole || size > limit);
      const who = ignoring.map(({ limit, names }) => `${list(names)} from ${bytesText(limit + 1)} on`).join(", ");
      yield {
        severity: error ? "error" : "warning",
        detail: `${url} is ${whole ? "" : "more than "}${bytesText(size)} long. Such a file is ignored by ${who}.${whole ? "" : ` ${goesOn(facts)}`}`,
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
  return `${grouped(String(count))} B`;
}

/** `51,201`; not by Intl, which takes 15 ms to begin. */
function grouped(digits: string): string {
  return digits.length <= 3 ? digits : `${grouped(digits.slice(0, -3))},${digits.slice(-3)}`;
}
