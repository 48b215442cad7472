/** connect/some-addresses-down: of one family some addresses fail. */
import type { Facts } from "../../facts/facts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isFamilyDown, partlyDead } from "../../views/connect-failures.ts";

export const someAddressesDown: Rule = {
  code: "connect/some-addresses-down",
  severity: "warning",
  mechanisms: ["connect:refused", "connect:timeout", "connect:unreachable", "connect:failed"],
  title: "Some addresses of the host don't accept connections",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The host has several addresses of one family; some accept connections and some don't. Homeservers that try only one address fail from time
to time: it depends on which address they choose.

**Usual causes.** One machine behind the name is down, was removed while its record stayed, or doesn't listen on this port.

**Who is affected.** Homeservers that try only one address, such as Conduit and Rocket.Chat; not each time.

**Look-alikes.** \`connect/ipv6-down\` and \`connect/ipv4-down\`: a whole family fails.

**Fix.** Repair these machines, or remove their records.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const reach of partlyDead(facts)) {
      const failed = reach.failed.filter(({ family }) => !isFamilyDown(reach, family));
      const [first] = failed;
      if (first === undefined) continue;
      yield {
        severity: "warning",
        detail: `${list(failed.map(({ place }) => place))} ${failed.length > 1 ? "don't" : "doesn't"} accept connections (${first.error.message}); ${list(reach.connected.map(({ place }) => place))} ${reach.connected.length > 1 ? "do" : "does"}.`,
        fix: [
          `Make the server listen on port ${first.target.port} of ${list(failed.map(({ address }) => address))} too.`,
          `Remove the record${failed.length > 1 ? "s" : ""} of ${reach.target.host} with ${list(failed.map(({ address }) => address))}.`,
        ],
        where: failed.map(({ place }) => place),
      };
    }
  },
};
