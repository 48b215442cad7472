/** connect/refused: nothing listens on the port. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { delegateAdvice } from "../../advice/delegate.ts";
import { listenOn } from "../../advice/listen.ts";
import { proxyOfMachine } from "../../views/proxy.ts";
import { deadEndpoints } from "../../views/connect-failures.ts";

export const refused: Rule = {
  code: "connect/refused",
  severity: "error",
  mechanisms: ["connect:refused", "connect:failed"],
  title: "The connection is refused",
  spec: SPEC.resolving,
  breaks: "endpoint",
  signOf: ["no-delegation"],
  explain: `
The host answers, but nothing listens on the port: the connection is refused at once (TCP RST), on every address of the target.

**Usual causes.** The proxy has no \`listen 8448 ssl\`; the homeserver listens on 127.0.0.1 only; the port of a container isn't published;
the homeserver isn't running; or the delegation names the wrong port.

**Who is affected.** All homeservers. They try again later, at longer and longer intervals.

**Look-alikes.** \`connect/timeout\`: no answer at all, which is a firewall or NAT. When the well-known file is broken, homeservers
connect to port 8448, where often nothing is meant to listen. Then the report shows the finding about the well-known file first: fix that
one.

**Fix.** nginx: \`listen 8448 ssl;\` and \`listen [::]:8448 ssl;\` in the server block, and reload. Caddy: \`example.com:8448 {
reverse_proxy 127.0.0.1:8008 }\`. Docker: \`-p 8448:8448\`. Or delegate to a port on which the proxy already listens: \`{"m.server":
"matrix.example.com:443"}\`.

**Log lines.** Synapse: \`Connection was refused by other side\`. Dendrite: \`connect: connection refused\`; after
many failures \`Blacklisting\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      deadEndpoints(facts).filter(({ error }) => error.code === "refused" || error.code === "reset" || error.code === "closed"),
      ({ target }) => `${target.host}:${target.port}`,
    )) {
      const [first] = group;
      const places = group.map((endpoint) => endpoint.place);
      yield {
        severity: "error",
        detail: `${list(places)} refuse${places.length > 1 ? "" : "s"} the connection: nothing listens on port ${first.port} there.`,
        fix: [
          listenOn(
            `Make the homeserver or its proxy listen on port ${first.target.port} of ${first.target.host} (with Docker: publish the port), and open it in the firewall`,
            proxyOfMachine(facts, places),
            { host: facts.route?.tlsName ?? first.target.host, port: first.target.port },
            null,
          ),
          ...delegateAdvice(facts, first.target.host),
        ],
        where: places,
      };
    }
  },
};
