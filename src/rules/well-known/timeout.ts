/** well-known/timeout: the connection, the TLS handshake or the answer takes too long. */
import type { Facts, Hop } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { duration, groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn } from "../../views/remaining-route.ts";
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
Nobody answers the request for the file in time. It is the worst way for it to be missing, because every homeserver waits before it goes on: conduwuit, tuwunel and continuwuity 6 s for the
connection and 10 s in all, Dendrite 30 s, Conduit 30 s for the connection, Synapse 60 s. Then it remembers the failure, Synapse for about an hour, and goes on to SRV records and port 8448.

**How it shows.** Joins and messages are slow, or fail although port 8448 works.

**Who is affected.** Everybody. ejabberd ignores a file that takes longer than 5 s.

**By phase**
- *connect*: a firewall drops the packets, the machine is off, or the address is an old one. Closing a port should be done by refusing (nftables \`reject with tcp reset\`), not by dropping.
- *TLS*: something accepts connections and says nothing: an overloaded proxy, a service that isn't TLS, a filter, or a path MTU problem.
- *response*: the web server accepts the request, but its backend hangs.
- *body*: the header comes and the body doesn't (a broken compression module, a wrong Content-Length). Synapse doesn't remember that: it waits 60 s each time, four times a request, and never goes
  on to SRV records or port 8448. So this is an error whatever is there. mautrix-go has no time limit at all here.

**Look-alikes.** A refused connection is \`well-known/unreachable\`. An answer that comes, but late, is \`well-known/slow\`. If other addresses answer, it is \`well-known/address-failed\`.

**How to fix it.** Open port 443 and answer, even with a 404: that is quicker for everybody than silence.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: User timeout caused connection failure\`. Dendrite: \`context deadline exceeded\`.
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
      const stalled = first.phase === "body";
      yield {
        severity: stalled ? "error" : unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${PHASES[first.phase](host, port)} within ${duration(first.waited)}. ${stalled ? `${list(WAITING)} ${WAITING.length === 1 ? "waits" : "wait"} anew each time, and never ${WAITING.length === 1 ? "goes" : "go"} on without the file.` : "Every homeserver waits 10 to 60 s here, then remembers the failure."} ${goesOn(facts, stalled ? "The others" : "Homeservers")}`,
        fix: fixes(first.phase, host, port),
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
  body: (host, port) => `only the header of an answer from port ${port} of ${host}`,
};

function fixes(phase: Phase, host: string, port: number): string[] {
  switch (phase) {
    case "connect":
      return [
        `Open TCP port ${port} to ${host} in the firewall and at the provider, and check that the A and AAAA records lead to the machine that runs now.`,
        `If no web server is meant to be there, let the firewall refuse the connection (TCP reset) instead of dropping it: homeservers then go on at once.`,
      ];
    case "tls":
      return [
        `See what listens on port ${port} of ${host}: this must show a certificate at once. Restart it if it is overloaded:\nopenssl s_client -connect ${host}:${port} -servername ${host} </dev/null`,
      ];
    case "body":
    case "response":
      return [
        `Answer /.well-known/matrix/server on ${host} in the web server itself, from a file, not through a backend; the web server's error log says which backend hangs.`,
      ];
  }
}

/** Milliseconds that were waited in that phase. */
function waitedFor({ connection, response }: Hop, phase: Phase): number {
  const outcome = phase === "response" || phase === "body" ? response : phase === "connect" ? connection?.tcp : connection?.tls;
  return outcome?.status === "failed" ? outcome.ms : 0;
}
