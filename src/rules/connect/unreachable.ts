/** connect/unreachable: ICMP unreachable from the way there. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { deadEndpoints } from "../../views/connect-failures.ts";

export const connectUnreachable: Rule = {
  code: "connect/unreachable",
  severity: "error",
  mechanisms: ["connect:unreachable"],
  title: "The network says that the address can't be reached",
  spec: SPEC.resolving,
  breaks: "endpoint",
  signOf: ["no-delegation"],
  explain: `
A router on the way answers that the address or port can't be reached (ICMP unreachable), on every address of the target.

**Usual causes.** There is no route to the address any more, the machine is off, or a firewall rejects the packets with an ICMP error.

**Who is affected.** All homeservers. They try again later, at longer and longer intervals.

**Look-alikes.** When this machine itself has no route (no IPv6 for example), it is \`address/untested\` instead.

**Fix.** Compare the address in DNS with the addresses that the machine really has, and look at the firewall's REJECT rules.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      deadEndpoints(facts).filter(({ error }) => error.code === "unreachable"),
      ({ target }) => `${target.host}:${target.port}`,
    )) {
      const [first] = group;
      const places = group.map((endpoint) => endpoint.place);
      const name = `${first.target.host}:${first.target.port}`;
      yield {
        severity: "error",
        detail: `${list(places)} (${name}) can't be reached: ${first.error.message}.`,
        fix: [
          `Compare the A and AAAA records of ${first.target.host} with the addresses that the machine really has, and make the firewall accept TCP port ${first.target.port}.`,
        ],
        where: places,
      };
    }
  },
};
