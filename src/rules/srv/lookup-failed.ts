/** srv/lookup-failed: an SRV question that the route depends on got no answer. */
import { lookupFailed, lookupFailure, resolverUsable } from "../../views/dns-outcome.ts";
import { otherResolver } from "../../advice/dns.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import type { Facts, RecordSet, SrvFacts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { expectedTarget } from "../../views/expected-target.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { recordsText, zoneSays } from "../../views/nameserver-words.ts";
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
Nobody behind that resolver can know whether there is a record, and homeservers differ in what they do then.

**Who is affected.** Synapse fails the whole request. Dendrite doesn't ask for \`_matrix._tcp\` any more and uses port 8448. The conduwuit
family goes on after SERVFAIL and fails after a time-out. Conduit goes on.

**Usual causes.** A nameserver that is down or doesn't know the zone, a DNSSEC signature that has expired (see \`dns/dnssec-bogus\`), or a
nameserver or firewall that drops questions of type SRV or for names with an underscore. When the finding says that all nameservers of
the zone answer, it is the resolver, or something between it and them: its cache, a firewall, or DNSSEC.

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
    const said = answersOfZone(facts, failed);
    const ended = `SRV lookup of ${list(names)}: ${[...new Set(failed.map(({ outcome }) => lookupFailure(outcome)))].join("; ")}.`;
    const whoFails = `${list(FAILING)} ${FAILING.length === 1 ? "doesn't" : "don't"} connect then. Others act as if there were no record, and may connect to the wrong host.`;
    yield {
      severity: "error",
      detail:
        said === null
          ? `${ended} So nobody knows whether there is a record. ${whoFails}`
          : `${ended} The zone's own nameservers answer ${said.length === 1 ? "this question" : "these questions"}: ${said.map(({ name, set }) => (said.length === 1 ? recordsText(set) : `${recordsText(set)} for ${name}`)).join("; ")}. So the fault is the resolver's, or lies between it and the nameservers. Homeservers behind such a resolver don't know whether there is a record. ${whoFails}`,
      fix: [
        said === null
          ? `Repair the nameservers of ${first.base}, so that they answer questions for ${list(names)}. If there is no such record, the right answer is NXDOMAIN.`
          : otherResolver(facts),
        byPort(facts, said === null ? null : targetIn(said)),
      ],
      where: names,
    };
  },
};

/** What the nameservers say to all of these questions; null when one of them has no answer there either. */
function answersOfZone(facts: Facts, failed: readonly SrvFacts[]): { name: string; set: RecordSet }[] | null {
  const said = failed.flatMap(({ service, base }) => {
    const name = `${service}.${base.toLowerCase()}`;
    const set = zoneSays(facts, name, "SRV");
    return set === null ? [] : [{ name, set }];
  });
  return said.length === failed.length ? said : null;
}

/** The first target that homeservers would try. */
function targetIn(said: readonly { set: RecordSet }[]): { host: string; place: string } | null {
  const [records = []] = said.flatMap(({ set }) => (set.records.length > 0 ? [set.records] : []));
  const places = records.flatMap((record) => {
    const [priority = "", , port = "", host = "."] = record.split(" ");
    return host === "." || host.includes("\\") ? [] : [{ priority: Number(priority), host, place: `${host}:${port}` }];
  });
  const [first] = places.toSorted((a, b) => a.priority - b.priority);
  return first ?? null;
}

/** The place that was seen to work, where there is one. */
function byPort(facts: Facts, published: { host: string; place: string } | null): string {
  const working = facts.targets.find(({ endpoints }) => endpoints.some((endpoint) => reachesServer(facts, endpoint) === true));
  const isOpen = working !== undefined && working.srv === undefined;
  const seen = isOpen ? formatHostPort(working.host, working.port) : null;
  const target = published?.place ?? seen ?? expectedTarget(facts)?.value ?? null;
  const ifUnknown = target === null ? `, with your homeserver's host and port in place of matrix.${facts.serverName}:443` : "";
  // Behind an SRV record it may be for the server name alone.
  const certificate = published === null ? "" : ` The homeserver's certificate must then cover ${published.host}.`;
  return `Delegate by a well-known file with a port; then homeservers look up no SRV record.${certificate} Serve this at https://${facts.serverName}/.well-known/matrix/server${ifUnknown}:\n${wellKnownFile(target ?? `matrix.${facts.serverName}:443`)}`;
}
