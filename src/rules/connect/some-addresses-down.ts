/** connect/some-addresses-down: of one family some addresses fail. */
import type { Facts } from "../../facts/facts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isFamilyDown, partlyDead } from "../../views/connect-failures.ts";

export const someAddressesDown: Rule = {
  code: "connect/some-addresses-down",
  severity: "warning",
  mechanisms: ["connect:refused", "connect:timeout", "connect:unreachable", "connect:failed"],
  title: "Some addresses of the host can't be connected to",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The host has several addresses of one family; some accept connections and some don't. Homeservers that try one address only fail from time to time, depending on which one they get.

**How it happens.** One machine behind the name is down or was removed without its record, or one of them doesn't listen on this port.

**Who is affected.** At times those that try one address only, such as Conduit and Rocket.Chat.

**Look-alikes.** \`connect/ipv6-down\` and \`connect/ipv4-down\`: a whole family fails.

**Fix.** Mend these machines, or remove their records.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const reach of partlyDead(facts)) {
      const failed = reach.failed.filter(({ family }) => !isFamilyDown(reach, family));
      const [first] = failed;
      if (first === undefined) continue;
      yield {
        severity: "warning",
        detail: `${list(failed.map(({ place }) => place))} can't be connected to (${first.error.message}), while ${list(reach.connected.map(({ place }) => place))} can.`,
        fix: [
          `Let port ${first.target.port} be served at ${list(failed.map(({ address }) => address))}.`,
          `Remove the record${failed.length > 1 ? "s" : ""} of ${reach.target.host} with ${list(failed.map(({ address }) => address))}.`,
        ],
        where: failed.map(({ place }) => place),
      };
    }
  },
};
