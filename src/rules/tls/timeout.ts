/** tls/timeout: TCP connects, the handshake doesn't end. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { duration, groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const tlsTimeout: Rule = {
  code: "tls/timeout",
  severity: "error",
  mechanisms: ["tls:timeout"],
  title: "The TLS handshake doesn't finish",
  spec: SPEC.tls,
  breaks: "endpoint",
  signOf: ["wrong-route"],
  explain: `
The TCP connection is made, and then nothing more comes: the server never answers the TLS handshake.

**Shows as** a connection that hangs. \`openssl s_client -connect host:port\` says \`CONNECTED\` and waits.

**Affected:** all homeservers; each waits for its whole timeout (Synapse 60 s), then backs off.

**Look-alikes.** \`connect/timeout\`: not even TCP answers. \`federation/timeout\`: TLS works, the request isn't answered.
A proxy in the hosting network (anti-DDoS) can accept TCP in place of a server that is down.

**Usual causes.** A service that waits for the client to speak in another protocol; an overloaded proxy; a network path that loses
large packets (MTU of a VPN or PPPoE; the server's certificates are the first large thing it sends); a filter that lets the first packets through.

**Fix.** See with \`ss -ltnp\` what listens on the port; try from the machine itself (\`openssl s_client -connect 127.0.0.1:8448\`). If it
works there, the path is at fault: lower the MTU or clamp the MSS.

**Log lines.** Synapse: \`TimeoutError\`, \`ResponseNeverReceived\`. Dendrite: \`net/http: TLS handshake timeout\`.

Specification: Server-Server API, "TLS".
`,
  causes: ["tls/differs"],
  *judge(facts: Facts): Iterable<Found> {
    const stalled = endpointsOf(facts).flatMap((endpoint) =>
      endpoint.tcp.status === "done" && endpoint.tls.status === "failed" && endpoint.tls.error.code === "timeout"
        ? [{ endpoint, ms: endpoint.tls.ms }]
        : [],
    );
    for (const group of groupBy(stalled, ({ endpoint }) => String(endpoint.target.port))) {
      const [first] = group;
      const { port } = first.endpoint.target;
      yield {
        severity: "error",
        detail: `TCP connects to port ${port}, but the TLS handshake had not finished after ${duration(Math.max(...group.map(({ ms }) => ms)))}. Either what listens there isn't a TLS server or is overloaded, or large packets get lost on the way.`,
        fix: [
          `On the server, see what listens on port ${port}:\nss -ltnp 'sport = :${port}'\n\nTry it there; if that stalls too, restart or replace what listens:\nopenssl s_client -connect 127.0.0.1:${port} </dev/null`,
          "If it works there, large packets get lost (VPN, PPPoE, tunnel): clamp the MSS on the router:\niptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
