/** machine/clock: this machine's clock is wrong, and certificates or keys seem to be out of date because of it. */
import type { Facts } from "../../facts/facts.ts";
import { clockOffset, failsOnlyByClock } from "../../views/clock.ts";
import { judgedAt } from "../../views/outcome.ts";
import type { Found, Rule } from "../rule.ts";

const DAY_MS = 86_400_000;

export const clock: Rule = {
  code: "machine/clock",
  severity: "info",
  concerns: "nobody",
  machine: "blinds",
  causes: [
    "tls/expired",
    "tls/not-yet-valid",
    "tls/expiring",
    "well-known/tls",
    "well-known/certificate-expiring",
    "keys/expired",
    "client/tls",
  ],
  title: "This machine's clock is wrong",
  spec: "https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1",
  explain: `
The servers' answers carry a date (the \`Date\` field), and this machine's clock differs from all of them by more than a day. By this
clock, valid certificates or keys seem to be expired or not valid yet. That says nothing about the server: the result is *inconclusive*,
exit code 3.

**How it shows.** Every server that is checked from this machine seems to have an expired certificate.

**Who is affected.** Whoever runs the check on this machine.

**Look-alikes.** \`tls/expired\`: the certificate has expired by the servers' dates, too.

**Fix.** Set the clock: \`timedatectl set-ntp true\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const offset = clockOffset(facts);
    if (offset === null || Math.abs(offset) <= DAY_MS || !failsOnlyByClock(facts, offset)) return;
    const here = judgedAt(facts);
    const there = new Date(here.getTime() + offset);
    yield {
      severity: "info",
      detail: `It is ${day(here)} by this machine's clock, and ${day(there)} by the dates in the servers' answers. So certificates or keys that are valid seem to be expired, or not valid yet.`,
      fix: ["Set this machine's clock, then check again:\ntimedatectl set-ntp true"],
      where: [facts.serverName],
    };
  },
};

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
