/** well-known/cache: how long homeservers go on using the present file. */
import type { Facts } from "../../facts/facts.ts";
import { cacheByImplementation, wellKnownCacheSeconds, type ImplementationCache } from "../../matrix/cache-time.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isValid, seenBy, whereSeen, type Seen } from "../../views/well-known-read.ts";

export const cache: Rule = {
  code: "well-known/cache",
  severity: ["info", "warning"],
  concerns: "everybody",
  title: "How long the well-known file is kept by others",
  spec: SPEC.resolving,
  explain: `
Homeservers keep what they have read, and a change of the file is seen by them only afterwards. The specification recommends to follow \`Cache-Control\` and \`Expires\`, 24 hours without them,
and at most 48 hours.

| | keeps a valid file for |
| --- | --- |
| Synapse | what the headers say, within 5 minutes and 48 hours; 24 hours ± 10 % without |
| Dendrite | until every target fails |
| Conduit | what the headers say, at most 48 hours; 24 hours without |
| conduwuit, tuwunel | 18 to 36 hours, whatever the headers say, and across restarts |
| continuwuity | 24 hours, whatever the headers say |

That there is no valid file is remembered too, by Synapse for about an hour.

**Who is affected.** Whoever moves the server: until the time is over, homeservers go to the old place.

**\`no-store\`** is a warning: those that follow the headers fetch the file again and again, and a short outage of the web server is then an outage of federation. Synapse keeps it for 5 minutes even so.

**Before a move.** Lower \`max-age\` two days ahead, let the old place work for two days after, and expect the last ones only then. This tool can't see what others have cached.

**What to do.** \`Cache-Control: max-age=3600\` up to \`max-age=86400\` is sensible.
`,
  *judge(facts: Facts): Iterable<Found> {
    const at = judgedAt(facts);
    for (const group of groupBy(seenBy(facts).filter(isValid), (seen) => `${said(seen)} ${seen.url}`)) {
      const [first] = group;
      const headers = first.response?.headers ?? {};
      const noStore = wellKnownCacheSeconds(headers, at).source === "no-store";
      const kept = cacheByImplementation(headers, at).map((each) => `${each.implementation} ${time(each)}`);
      yield {
        severity: noStore ? "warning" : "info",
        detail: noStore
          ? `${said(first)} forbids to keep the file, so it is fetched again and again, and each outage of the web server is one of federation. Kept: ${kept.join(", ")}.`
          : `${said(first)}: the file is kept by ${kept.join(", ")}.`,
        fix: noStore ? [`Send this header field with ${first.url} instead:\nCache-Control: max-age=3600`] : [],
        where: whereSeen(facts, group),
      };
    }
  },
};

/** The headers that decide, in short. */
function said({ response }: Seen): string {
  const control = response?.headers["cache-control"];
  if (control !== undefined) return `Cache-Control ${quote(control)}`;
  const expires = response?.headers["expires"];
  return expires === undefined ? "No Cache-Control" : `Expires ${quote(expires, 40)}`;
}

function time({ seconds, note }: ImplementationCache): string {
  if (seconds === null) return note;
  const [least, most] = seconds;
  return least === most ? span(least) : `${span(least)} to ${span(most)}`;
}

function span(seconds: number): string {
  if (seconds === 0) return "not at all";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round((seconds / 3600) * 10) / 10} h`;
}
