/** connect/ipv4-down: IPv4 fails at TCP, IPv6 works. */
import { proxyAmong } from "../../advice/certificate.ts";
import { listenOn } from "../../advice/listen.ts";
import type { Facts } from "../../facts/facts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isFamilyDown, partlyDead } from "../../views/connect-failures.ts";

export const ipv4Down: Rule = {
  code: "connect/ipv4-down",
  severity: "error",
  mechanisms: ["connect:refused", "connect:timeout", "connect:unreachable", "connect:failed"],
  title: "IPv4 fails, only IPv6 works",
  spec: SPEC.resolving,
  breaks: "endpoint",
  signOf: ["no-delegation"],
  explain: `
The host has an A record, but no connection over IPv4 succeeds; only IPv6 works. Homeservers without IPv6 can't connect at all, and the
conduwuit family never tries AAAA while there is an A record.

**Usual causes.** The proxy listens only on \`[::]\` with \`ipv6only=on\`, NAT has no port forwarding for IPv4, or the A record has the
address of an old machine.

**Who is affected.** Homeservers without IPv6, Dendrite with its default allow list, which has no IPv6, and the conduwuit family.

**Look-alikes.** \`address/ipv6-only\`: there is no A record at all. \`connect/ipv6-down\`: IPv4 works, and IPv6 fails.

**Fix.** Make the server listen on IPv4 as well, and forward the port. Or remove the A record.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const reach of partlyDead(facts)) {
      if (!isFamilyDown(reach, 4)) continue;
      const failed = reach.failed.filter(({ family }) => family === 4);
      const [first] = failed;
      if (first === undefined) continue;
      const { host } = reach.target;
      yield {
        severity: "error",
        detail: `${list(failed.map(({ place }) => place))} ${failed.length > 1 ? "don't" : "doesn't"} accept connections (${first.error.message}); ${list(reach.connected.map(({ place }) => place))} ${reach.connected.length > 1 ? "do" : "does"}. Homeservers without IPv6, and those that try only IPv4, fail.`,
        fix: [
          listenOn(
            "Make the server listen on IPv4 too, and forward the port to it if there is NAT",
            proxyAmong(
              facts,
              reach.connected.map(({ place }) => place),
            ),
            { host: facts.route?.tlsName ?? host, port: first.target.port },
            4,
          ),
          `Correct the A record of ${host} (${list(failed.map(({ address }) => address))}).`,
        ],
        where: failed.map(({ place }) => place),
      };
    }
  },
};
