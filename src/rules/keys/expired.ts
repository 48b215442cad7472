/** keys/expired: valid_until_ts is in the past. */
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeysFault } from "../../views/keys-answer.ts";

export const keysExpired: Rule = {
  code: "keys/expired",
  severity: "error",
  mechanisms: ["keys:expired"],
  title: "The signing keys have expired",
  spec: SPEC.keys,
  breaks: "endpoint",
  explain: `
\`valid_until_ts\` says until when others may use the keys without asking again. A running homeserver sets it to a day or a week ahead in
each answer. Here this time has passed.

**How it shows.** \`valid_until_ts\` is in the past.

**Who is affected.** All homeservers: they refuse what is signed with a key after this time.

**Look-alikes.** This machine's own clock may be wrong: compare \`date -u\`. Old dates in \`old_verify_keys\` are no fault.

**Usual causes.** The homeserver's clock is behind. A cache keeps the answer, or the answer is a static copy.

**Fix.** Set the clock (\`timedatectl set-ntp true\`) and restart the homeserver; don't cache \`/_matrix\`.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`valid_until_ts\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const now = judgedAt(facts).getTime();
    for (const group of groupBy(withKeysFault(facts, "expired"), ({ reading }) => minutes(reading.validUntil))) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `The signing keys were valid until ${minutes(first.reading.validUntil)}. The time of this check is ${minutes(now)}. A running homeserver with the right time gives a time in the future.`,
        fix: [
          "Set the clock of the homeserver's machine, and restart the homeserver:\ntimedatectl set-ntp true",
          "If its clock is right, the answer is an old copy: switch off caching of /_matrix/key in the proxy or CDN, and clear its cache.",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Any integer may stand in the answer; dates end at ±8.64e15 ms (ECMAScript, 21.4.1.1), and few of them have years of four digits. */
function minutes(ms: number): string {
  const text = Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : "";
  return /^\d{4}-/.test(text) ? `${text.slice(0, 16).replace("T", " ")} UTC` : `${ms} ms since 1970`;
}
