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

With a larger file they act as if there were no file. This tool also stops after ${bytesText(WELL_KNOWN_MAX_BYTES)}. It is an error from
the size on at which Synapse stops, a warning otherwise.

**How it shows.** Some homeservers use the file, others use SRV records or port 8448.

**Who is affected.** The finding names the homeservers that don't read a file of this size.

**Usual causes.** A generator that writes other things into the file, a template with a long comment, white space, or a script whose
answer doesn't end.

**Look-alikes.** \`well-known/not-json\`: a large web page instead of the file.

**Fix.** Reduce the file to \`{"m.server": "<host>:<port>"}\`.

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
      const ignoring = LIMITS.filter(({ limit }) => !whole || size > limit);
      const who = ignoring.map(({ limit, names }) => `${list(names)} from ${bytesText(limit + 1)} on`).join(", ");
      yield {
        severity: size >= SYNAPSE_LIMIT ? "error" : "warning",
        detail: `${url} is ${whole ? "" : "more than "}${bytesText(size)} long. Homeservers ignore a file of this size: ${who}.${whole ? "" : ` ${goesOn(facts)}`}`,
        fix: [`Reduce the file at ${url} to the entry m.server; that needs less than 100 B.`],
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
