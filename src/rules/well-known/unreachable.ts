/** well-known/unreachable: nobody on port 443, or the connection ends before there is an answer. */
import { srvLine } from "../../advice/dns.ts";
import { publishAdvice } from "../../advice/well-known.ts";
import { droppedAdvice } from "../../advice/listen.ts";
import { isRedirected, withoutRedirect } from "../../advice/where-read.ts";
import type { Facts, Hop, NetError } from "../../facts/facts.ts";
import { routeWorks, unlessRouteWorks } from "../../views/route.ts";
import { groupBy, list } from "../../views/words.ts";
import { proxyAt } from "../../views/proxy.ts";
import { speakHttp1 } from "../../advice/http-versions.ts";
import { whose } from "../../homeservers/who.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { expectedSrvTarget } from "../../views/expected-target.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { portOf } from "../../views/well-known-result.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

const WITHOUT_HTTP2 = whose(({ http }) => http.http2.is === false);

export const unreachable: Rule = {
  code: "well-known/unreachable",
  severity: ["error", "warning"],
  mechanisms: ["well-known:unreachable", "well-known:http2-only"],
  title: "No web server answers for the well-known file",
  spec: SPEC.wellKnown,
  breaks: "well-known",
  explain: `
Port 443 of the server name's host doesn't accept connections: the connection is refused, a router says that there is no route, or the
connection is closed before an answer comes.

**How it shows.** Without the file homeservers use SRV records or port 8448. If these don't work either, their findings are listed below
this one.

**Who is affected.** All homeservers. With *HTTP/2 only*: ${list(WITHOUT_HTTP2, WITHOUT_HTTP2.length)}.

**What the words mean**
- *refused*: the machine is there, but nothing listens on port 443. There is no web server, it has stopped, or a container's port isn't
  published.
- *unreachable*: a router answers with an ICMP error. A firewall rejects the packets, or the machine is off.
- *reset, closed*: something accepts the connection and drops it: a firewall that inspects TLS, a proxy without a configuration for this
  host, a backend that crashes.
- *HTTP/2 only*: requests in HTTP/1.1, which is all that some homeservers speak, get HTTP/2 frames or a refusal.

**Look-alikes.** \`well-known/timeout\`: no answer at all. \`well-known/tls\`: a TLS alert. \`well-known/address-failed\`: only some
addresses are affected.

**Fix.** Run a web server on port 443, with a certificate for the server name, that serves the file. If you don't want a web server there,
use an SRV record or port 8448. If the connection is accepted and then dropped, a web server is there: its error log says why it gives no
answer.

**Log lines.** Synapse: \`Error fetching https://…/.well-known/matrix/server: Connection was refused by other side\`. Dendrite: \`No
.well-known found\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "unreachable").flatMap((each) =>
      each.result.kind === "unreachable" ? [{ ...each, error: each.result.error, hop: each.result.hop }] : [],
    );
    for (const group of groupBy(seen, ({ error, url }) => `${error.code} ${url}`)) {
      const [first] = group;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url}: ${what(first)}. ${goesOn(facts)}`,
        fix: fixes(facts, first),
        where: whereSeen(facts, group),
      };
    }
    yield* inHttp2(facts);
  },
};

/** For those who speak HTTP/1.1 alone it is as if nobody were there. */
function* inHttp2(facts: Facts): Iterable<Found> {
  const seen = faults(facts, "unreachable").flatMap((each) =>
    each.result.kind === "http2-only" ? [{ ...each, hop: each.result.hop }] : [],
  );
  for (const group of groupBy(seen, ({ url }) => url)) {
    const [first] = group;
    const port = portOf(first.hop);
    const who = list(WITHOUT_HTTP2, WITHOUT_HTTP2.length);
    yield {
      severity: unlessRouteWorks(facts, "warning"),
      detail: `${first.url}: the web server speaks HTTP/2 only. ${who} speak only HTTP/1.1. ${goesOn(facts, "They")} What other homeservers get in HTTP/2 isn't known here.`,
      fix: [speakHttp1(port, proxyAt(facts, first.place))],
      where: whereSeen(facts, group),
    };
  }
}

type Failed = Seen & { error: NetError; hop: Hop };

/** Something listens: the connection came about, and ended before the answer did. */
function isDropped({ hop }: Failed): boolean {
  return hop.connection?.tcp.status === "done";
}

function fixes(facts: Facts, failed: Failed): string[] {
  const { host, url } = failed.hop;
  const port = portOf(failed.hop);
  const mend = isDropped(failed)
    ? droppedAdvice(host, port)
    : `Make a web server listen on port ${port} of ${host}, and open the port in the firewall.`;
  if (isRedirected(failed)) {
    const direct = withoutRedirect(facts, failed, foundPlace(facts), host);
    // Whatever answered without TLS could be changed on the way.
    return /^http:/i.test(url) ? [direct] : [direct, mend];
  }
  const publish = publishAdvice(facts.serverName, foundPlace(facts), proxyAt(facts, failed.place));
  if (isDropped(failed)) return [mend, `Serve the file in the web server itself, without a backend. ${publish}`];
  return [`${mend} ${publish}`, ...(routeWorks(facts) === true ? [] : [withoutFile(facts)])];
}

function withoutFile(facts: Facts): string {
  const { serverName } = facts;
  const expected = expectedSrvTarget(facts);
  const { host, port } = expected ?? { host: `matrix.${serverName}`, port: 8448 };
  const note = expected === null ? `replace ${host} and ${port} with them; ` : "";
  return `Or use no file: make the homeserver answer on port 8448 of ${serverName}, or name its host and port in an SRV record (${note}the certificate must cover ${serverName}):\n${srvLine("_matrix-fed._tcp", serverName, host, port)}`;
}

function what(failed: Failed): string {
  const { error, hop } = failed;
  const port = portOf(hop);
  switch (error.code) {
    case "refused":
      return `${hop.host} refuses connections on port ${port}; nothing listens there`;
    case "unreachable":
      return `a router on the way says that ${hop.host} can't be reached (ICMP unreachable)`;
    default: {
      const ends = error.code === "reset" ? "resets" : "closes";
      return isDropped(failed)
        ? `${hop.host} accepts connections on port ${port}, and ${ends} them before the answer is complete`
        : `${hop.host} ${ends} the connection on port ${port} before it answers`;
    }
  }
}
