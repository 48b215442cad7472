/** connect/ipv6-down: IPv6 fails at TCP, IPv4 works. */
import { proxyAmong } from "../../advice/certificate.ts";
import { listenOn } from "../../advice/listen.ts";
import type { Facts } from "../../facts/facts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isFamilyDown, partlyDead } from "../../views/connect-failures.ts";

export const ipv6Down: Rule = {
  code: "connect/ipv6-down",
  severity: "warning",
  mechanisms: ["connect:refused", "connect:timeout", "connect:unreachable", "connect:failed"],
  title: "IPv6 fails, only IPv4 works",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The host has an AAAA record, but no connection over IPv6 succeeds. Most homeservers try both families and connect over IPv4, some only
after a delay. Software that tries only one address may choose the wrong one.

**Usual causes.** The proxy listens on IPv4 only (nginx needs \`listen [::]:8448 ssl;\` besides \`listen 8448 ssl;\`), the firewall has no
rule for IPv6, or the AAAA record has the address of an old machine.

**Who is affected.** Homeservers that try only one address, or IPv6 first, and homeservers without IPv4.

**Look-alikes.** \`address/untested\`: this machine itself has no IPv6, so the address was not tested.

**Fix.** Make the server listen on \`[::]\` as well, or remove the AAAA record.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const reach of partlyDead(facts)) {
      if (!isFamilyDown(reach, 6)) continue;
      const failed = reach.failed.filter(({ family }) => family === 6);
      const [first] = failed;
      if (first === undefined) continue;
      const { host } = reach.target;
      yield {
        severity: "warning",
        detail: `${list(failed.map(({ place }) => place))} ${failed.length > 1 ? "don't" : "doesn't"} accept connections (${first.error.message}); ${list(reach.connected.map(({ place }) => place))} ${reach.connected.length > 1 ? "do" : "does"}. Homeservers that try IPv6 first are slower; those that try only one address may fail.`,
        fix: [
          listenOn(
            "Make the server listen on IPv6 too, and open the port in the IPv6 firewall",
            proxyAmong(
              facts,
              reach.connected.map(({ place }) => place),
            ),
            { host: facts.route?.tlsName ?? host, port: first.target.port },
            6,
          ),
          `Remove the AAAA record of ${host} (${list(failed.map(({ address }) => address))}).`,
        ],
        where: failed.map(({ place }) => place),
      };
    }
  },
};
