/** connect/timeout: packets get no answer. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isCloudflareBlocked } from "../../views/cloudflare.ts";
import { delegateAdvice } from "../../advice/delegate.ts";
import { deadEndpoints } from "../../views/connect-failures.ts";

export const connectTimeout: Rule = {
  code: "connect/timeout",
  severity: "error",
  mechanisms: ["connect:timeout"],
  title: "The connection gets no answer",
  spec: SPEC.resolving,
  breaks: "endpoint",
  signOf: ["no-delegation"],
  explain: `
Packets to the port get no answer at all, on every address of the target.

**Usual causes.** A firewall (of the host, of the provider, a cloud's security group) drops them; NAT or a router has no port forwarding;
the address belongs to another machine; or the machine is off.

**Who is affected.** All homeservers. They try again later, at longer and longer intervals.

**Look-alikes.** \`connect/refused\`: the machine answers that nothing listens. \`connect/cloudflare-port\`: the address is Cloudflare's,
which forwards only a few ports.

**Fix.** Open the port for incoming TCP from everywhere, and forward it to the homeserver. Or delegate to port 443, which is usually open
already.

**Log lines.** Synapse: \`User timeout caused connection failure\`. Dendrite: \`i/o timeout\`; after many failures
\`Blacklisting\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      deadEndpoints(facts).filter((endpoint) => endpoint.error.code === "timeout" && !isCloudflareBlocked(facts, endpoint)),
      ({ target }) => `${target.host}:${target.port}`,
    )) {
      const [first] = group;
      const places = group.map((endpoint) => endpoint.place);
      const name = `${first.target.host}:${first.target.port}`;
      yield {
        severity: "error",
        detail: `${list(places)} (${name}) ${places.length > 1 ? "give" : "gives"} no answer: ${first.error.message}. A firewall or NAT drops the packets, or the address is wrong.`,
        fix: [
          `Open TCP port ${first.target.port} in the firewall in front of ${first.target.host}, and forward it if there is NAT.`,
          ...delegateAdvice(facts, first.target.host),
        ],
        where: places,
      };
    }
  },
};
