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
  title: "The signing keys are past their validity",
  spec: SPEC.keys,
  breaks: "endpoint",
  explain: `
\`valid_until_ts\` says until when others may use the keys without asking again. A running homeserver sets it anew with each answer, to a day or a week ahead. Here it has
passed.

**Shows as** a date in the past.

**Affected:** all homeservers: they don't accept anything that is signed with a key after its validity.

**Look-alikes.** This machine's own clock may be wrong: compare \`date -u\`. \`old_verify_keys\` with old dates are right.

**Usual causes.** The homeserver's clock is behind. A cache on the way keeps the answer, or it is a static copy.

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
        detail: `The signing keys were valid until ${minutes(first.reading.validUntil)}. It is ${minutes(now)} here. A running homeserver with the right time gives a date in the future.`,
        fix: [
          "Set the clock of the homeserver's machine, and restart the homeserver:\ntimedatectl set-ntp true",
          "If its clock is right, the answer is an old copy: don't cache or store /_matrix/key in the proxy or CDN, and empty its cache.",
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
