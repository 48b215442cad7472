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
The TCP connection works, but the server doesn't answer the TLS handshake.

**How it shows.** The connection hangs. \`openssl s_client -connect host:port\` says \`CONNECTED\` and waits.

**Who is affected.** All homeservers; each waits for its whole timeout (Synapse 60 s), then backs off.

**Look-alikes.** \`connect/timeout\`: TCP gets no answer either. \`federation/timeout\`: TLS works, and the request gets no answer. A
proxy of the hosting provider (anti-DDoS) may accept TCP although the server is down.

**Usual causes.** A service that expects another protocol; an overloaded proxy; a network path that loses large packets (MTU of a VPN or
PPPoE: the certificates are the first large packets that the server sends); a filter that lets only the first packets through.

**Fix.** On the server, see with \`ss -ltnp\` what listens on the port, and try \`openssl s_client -connect 127.0.0.1:8448\`. If that
works, the network path loses packets: lower the MTU or clamp the MSS.

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
        detail: `The TCP connection to port ${port} works, but the TLS handshake had not finished after ${duration(Math.max(...group.map(({ ms }) => ms)))}. Either the server on that port doesn't speak TLS or has too much load, or large packets are lost in the network.`,
        fix: [
          `On the server, see what listens on port ${port}:\nss -ltnp 'sport = :${port}'\n\nTry a handshake there. If that hangs too, restart or replace that server:\nopenssl s_client -connect 127.0.0.1:${port} </dev/null`,
          "If it works there, large packets are lost in the network (VPN, PPPoE, tunnel): clamp the MSS on the router:\niptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
