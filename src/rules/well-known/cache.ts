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
  title: "How long homeservers keep the well-known file",
  spec: SPEC.resolving,
  explain: `
Homeservers keep the file that they have read. They see a change only when that time is over. The specification recommends the time of
\`Cache-Control\` or \`Expires\`, 24 hours without these headers, and at most 48 hours.

| | keeps a valid file for |
| --- | --- |
| Synapse | what the headers say, within 5 minutes and 48 hours; 24 hours ± 10 % without |
| Dendrite | until every target fails |
| Conduit | what the headers say, at most 48 hours; 24 hours without |
| conduwuit, tuwunel | 18 to 36 hours, whatever the headers say, and across restarts |
| continuwuity | 24 hours, whatever the headers say |

Homeservers also remember that there is no valid file, Synapse for about an hour.

**Who is affected.** You, when you move the server: until the time is over, homeservers connect to the old host.

**\`no-store\`** is a warning: homeservers that follow the headers fetch the file again and again, so federation fails whenever the web
server fails. Synapse still keeps the file for 5 minutes.

**Before a move.** Lower \`max-age\` two days before the move, and keep the old host running for two days after the move. This tool can't
see what other servers have cached.

**What to do.** Send \`Cache-Control\` with a \`max-age\` between 3600 (1 hour) and 86400 (24 hours).
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
          ? `${said(first)} doesn't allow homeservers to keep the file. They fetch it again and again, and federation fails whenever the web server fails. They keep it for: ${kept.join(", ")}.`
          : `${said(first)}. Homeservers keep the file for: ${kept.join(", ")}.`,
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
