/** srv/lookup-failed: an SRV question that the route depends on got no answer. */
import { lookupFailed, lookupFailure, resolverUsable } from "../../views/dns-outcome.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { expectedTarget } from "../../views/expected-target.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const FAILING = whose(({ srv }) => srv.lookupFailed.is === "fails");

export const srvLookupFailed: Rule = {
  code: "srv/lookup-failed",
  severity: "error",
  mechanisms: ["srv:lookup-failed"],
  title: "The SRV lookup fails",
  spec: SPEC.resolving,
  breaks: "route",
  signOf: ["wrong-route"],
  explain: `
The lookup ended with SERVFAIL, REFUSED or no answer. That doesn't mean that there is no record (NXDOMAIN or no data would mean that).
Nobody can know whether there is a record, and homeservers differ in what they do then.

**Who is affected.** Synapse fails the whole request. Dendrite doesn't ask for \`_matrix._tcp\` any more and uses port 8448. The conduwuit
family goes on after SERVFAIL and fails after a time-out. Conduit goes on.

**Usual causes.** A nameserver that is down or doesn't know the zone, a DNSSEC signature that has expired (see \`dns/dnssec-bogus\`), or a
nameserver or firewall that drops questions of type SRV or for names with an underscore.

**Fix.** Repair the zone's nameservers. Or write a port in the well-known file (\`"m.server": "host:443"\`): then homeservers look up no
SRV record.

**Log lines.** Synapse: \`DNS lookup failed\`, \`DNSServerError\`. Dendrite: \`server misbehaving\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (!resolverUsable(facts)) return;
    const needed = facts.srv.filter(({ role }) => role === "route");
    const current = needed.find(({ service }) => service === "_matrix-fed._tcp");
    const isDecided = current !== undefined && (done(current.outcome)?.records.length ?? 0) > 0;
    const failed = needed.filter(({ service, outcome }) => lookupFailed(outcome) && (!isDecided || service === "_matrix-fed._tcp"));
    const [first] = failed;
    if (first === undefined) return;
    const names = failed.map(({ service, base }) => `${service}.${base}`);
    yield {
      severity: "error",
      detail: `SRV lookup of ${list(names)}: ${[...new Set(failed.map(({ outcome }) => lookupFailure(outcome)))].join("; ")}. So nobody knows whether there is a record. ${list(FAILING)} ${FAILING.length === 1 ? "doesn't" : "don't"} connect then. Others act as if there were no record, and may connect to the wrong host.`,
      fix: [
        `Repair the nameservers of ${first.base}, so that they answer questions for ${list(names)}. If there is no such record, the right answer is NXDOMAIN.`,
        byPort(facts),
      ],
      where: names,
    };
  },
};

/** The place that was seen to work, where there is one. */
function byPort(facts: Facts): string {
  const working = facts.targets.find(({ endpoints }) => endpoints.some((endpoint) => reachesServer(facts, endpoint) === true));
  const target =
    working !== undefined && working.srv === undefined
      ? formatHostPort(working.host, working.port)
      : (expectedTarget(facts)?.value ?? null);
  return `Delegate by a well-known file with a port; then homeservers look up no SRV record. Serve this at https://${facts.serverName}/.well-known/matrix/server${target === null ? `, with your homeserver's host and port in place of matrix.${facts.serverName}:443` : ""}:\n${wellKnownFile(target ?? `matrix.${facts.serverName}:443`)}`;
}
