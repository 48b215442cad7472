/** connect/slow: a TCP connection that takes more than 3 s. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { duration } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const SLOW_MS = 3000;

export const connectSlow: Rule = {
  code: "connect/slow",
  severity: "warning",
  concerns: "everybody",
  title: "Connecting takes more than 3 s",
  spec: SPEC.resolving,
  explain: `
The TCP connection succeeds, but only after more than 3 s. Distance can't be the reason: a packet needs about 0.3 s around the world.
Packets are lost and sent again, or the machine's queue of new connections is full.

**Who is affected.** Homeservers that give up after a few seconds: the conduwuit family waits 6 to 10 s for the connection.

**Fix.** Look for packet loss on the way (mtr), and for too much load on the machine or proxy.
`,
  *judge(facts: Facts): Iterable<Found> {
    const slow = endpointsOf(facts).flatMap(({ tcp, place, target }) =>
      tcp.status === "done" && tcp.ms > SLOW_MS ? [{ place, ms: tcp.ms, target }] : [],
    );
    const [first] = slow.toSorted((a, b) => b.ms - a.ms);
    if (first === undefined) return;
    yield {
      severity: "warning",
      detail: `Connecting to ${first.place} took ${duration(first.ms)}. Packets are lost in the network, or the machine has too much load.`,
      fix: [
        `Look for packet loss between the internet and ${first.target.host} (mtr), and for a full queue of new connections on the machine.`,
      ],
      where: slow.map(({ place }) => place),
    };
  },
};
