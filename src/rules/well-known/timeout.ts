/** well-known/timeout: the connection, the TLS handshake or the answer takes too long. */
import type { Facts, Hop } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { isRedirected, withoutRedirect } from "../../advice/where-read.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { duration, groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { foundTarget, goesOn } from "../../views/remaining-route.ts";
import { isBodyStalled, portOf } from "../../views/well-known-result.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

/** Who waits for a stalled body each time anew. */
const WAITING = whose(({ wellKnown }) => wellKnown.stalledBody.is === "fails");

export const timeout: Rule = {
  code: "well-known/timeout",
  severity: ["error", "warning"],
  mechanisms: ["well-known:timeout", "well-known:stalled-body"],
  title: "The well-known request gets no answer in time",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
Nothing answers the request for the file in time. This is worse than a missing file, because every homeserver waits: conduwuit, tuwunel
and continuwuity 6 s for the connection and 10 s in all, Dendrite 30 s, Conduit 30 s for the connection, Synapse 60 s. Then homeservers
remember the failure (Synapse for about an hour), and use SRV records or port 8448.

**How it shows.** Joins and messages are slow, or fail although port 8448 works.

**Who is affected.** All homeservers. ejabberd waits only 5 s.

**By phase**
- *connect*: a firewall drops the packets, the machine is off, or the address is old. If the port is to be closed, refuse connections
  (nftables \`reject with tcp reset\`) instead of dropping the packets.
- *TLS*: something accepts connections and sends nothing: an overloaded proxy, a service that isn't TLS, a filter, or a path MTU problem.
- *response*: the web server accepts the request, but its backend hangs.
- *body*: the header comes and the body doesn't (a broken compression module, a wrong Content-Length). Synapse doesn't remember that: it
  waits 60 s each time, four times for each request, and never uses SRV records or port 8448. So this is always an error. mautrix-go has
  no time limit here.

**Look-alikes.** \`well-known/unreachable\`: the connection is refused. \`well-known/slow\`: the answer is late.
\`well-known/address-failed\`: other addresses answer.

**Fix.** Open port 443, and answer there. Even a 404 is better than no answer: homeservers then don't wait.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: User timeout caused connection failure\`. Dendrite:
\`context deadline exceeded\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "timeout").flatMap((each) =>
      each.result.kind === "timeout"
        ? [
            {
              ...each,
              phase: isBodyStalled(each.result.error) ? ("body" as const) : each.result.phase,
              hop: each.result.hop,
              waited: waitedFor(each.result.hop, each.result.phase),
            },
          ]
        : [],
    );
    for (const group of groupBy(seen, ({ phase, url }) => `${phase} ${url}`)) {
      const [first] = group;
      const { host } = first.hop;
      const port = portOf(first.hop);
      // Whatever answered without TLS could be changed on the way.
      const isPlain = /^http:/i.test(first.hop.url);
      const stalled = first.phase === "body";
      yield {
        severity: stalled ? "error" : unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${PHASES[first.phase](host, port)} within ${duration(first.waited)}. ${stalled ? `${list(WAITING)} ${WAITING.length === 1 ? "waits" : "wait"} again each time, and never ${WAITING.length === 1 ? "uses" : "use"} SRV records or port 8448 instead.` : "Each homeserver waits 10 to 60 s, then remembers the failure."} ${goesOn(facts, stalled ? "The others" : "Homeservers")}`,
        fix: isRedirected(first)
          ? [withoutRedirect(facts, first, foundTarget(facts), host), ...(isPlain ? [] : fixes(first.phase, host, port).slice(0, 1))]
          : fixes(first.phase, host, port),
        where: whereSeen(facts, group),
      };
    }
  },
};

type Phase = "connect" | "tls" | "response" | "body";

const PHASES: Readonly<Record<Phase, (host: string, port: number) => string>> = {
  connect: (host, port) => `no connection to port ${port} of ${host}`,
  tls: (host, port) => `no TLS handshake with port ${port} of ${host}`,
  response: (host, port) => `no answer to the request from port ${port} of ${host}`,
  body: (host, port) => `only the header, and no body, from port ${port} of ${host}`,
};

function fixes(phase: Phase, host: string, port: number): string[] {
  switch (phase) {
    case "connect":
      return [
        `Open TCP port ${port} to ${host} in the firewall and at the provider, and check that the A and AAAA records lead to the machine that runs now.`,
        `If you want no web server there, make the firewall refuse connections (TCP reset) instead of dropping packets: then homeservers don't wait.`,
      ];
    case "tls":
      return [
        `Look at the server on port ${port} of ${host}: this command must show a certificate at once. If it doesn't, restart that server:\nopenssl s_client -connect ${host}:${port} -servername ${host} </dev/null`,
      ];
    case "body":
    case "response":
      return [
        `Serve /.well-known/matrix/server on ${host} from the web server itself, as a static file, without a backend. The web server's error log says which backend hangs.`,
      ];
  }
}

/** Milliseconds that were waited in that phase. */
function waitedFor({ connection, response }: Hop, phase: Phase): number {
  const outcome = phase === "response" || phase === "body" ? response : phase === "connect" ? connection?.tcp : connection?.tls;
  return outcome?.status === "failed" ? outcome.ms : 0;
}
