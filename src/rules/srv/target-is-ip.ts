/** srv/target-is-ip: an IP address where RFC 2782 wants a host name. */
import { addressLine, srvLine } from "../../advice/dns.ts";
import type { Facts, SrvFacts, TargetFacts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { notPublic } from "../../views/address-kind.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { goesWithoutRecords, worksWithoutRecords } from "../../views/lost-records.ts";
import { isBackup, preferredAmong, targetWorks } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const CONNECTING = whose(({ srv }) => srv.targetIsAddress.is === "used");
const DROPPING = whose(({ srv }) => srv.targetIsAddress.is === "dropped");

export const targetIsIp: Rule = {
  code: "srv/target-is-ip",
  severity: ["error", "warning"],
  mechanisms: ["srv:target-is-address"],
  title: "The SRV target is an IP address",
  spec: SPEC.srv,
  explain: `
The target of an SRV record must be a host name; homeservers look up its addresses. DNS treats "192.0.2.10" as a host name, and no such
host name exists.

**How it shows.** Synapse and continuwuity read the text as an address and connect. Dendrite and mautrix-go ignore the record.

**Who is affected.** Dendrite, mautrix-go, and all software that follows RFC 2782. It is a warning where they find another
target that works.

**Look-alikes.** \`srv/target-unresolvable\`: the target is a host name, but has no address. \`srv/target-malformed\`: the target also has
a port or a path. In \`m.server\` an IP address is allowed.

**Fix.** Give the homeserver's host a name with an A (and AAAA) record, and write that name as the SRV target.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const target of facts.targets) {
      const { host, port, srv, endpoints } = target;
      if (srv === undefined || !isIpLiteral(host)) continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      const isError = !othersWork(facts) && !isBackup(facts, target);
      yield {
        severity: isError ? "error" : "warning",
        detail: `${srv.service}.${base} leads to "${host}", an IP address. The target must be a host name (RFC 2782). ${list(CONNECTING)} connect anyway; ${list(DROPPING)} ignore the record${allAreAddresses(facts) ? `, and use ${goesWithoutRecords(facts, srv.service, base)}` : ""}.`,
        fix: fixes(facts, base, { host, port, srv, endpoints }),
        where: [`${srv.service}.${base}`],
        // Nobody was meant to connect to it as it stands there; what answers there may have faults of its own.
        explainsOthers: isError && {
          at: [host, ...endpoints.filter(({ tcp }) => tcp.status === "failed").map((at) => place(at.address, at.port))],
        },
      };
    }
  },
};

function fixes(
  facts: Facts,
  base: string,
  { host, port, srv, endpoints }: Pick<TargetFacts, "host" | "port" | "srv" | "endpoints">,
): string[] {
  const service = srv?.service ?? "_matrix-fed._tcp";
  const isDead = endpoints.length > 0 && endpoints.every((endpoint) => reachesServer(facts, endpoint) === false);
  const isOnly =
    allAreAddresses(facts) &&
    facts.srv.every((each) => each.service === service || each.base.toLowerCase() !== base.toLowerCase() || isEmpty(each));
  const remove =
    isOnly && worksWithoutRecords(facts, service, base) === true
      ? [
          `Remove ${facts.targets.length === 1 ? "the record" : "the records"} of ${service}.${base}: port 8448 of ${base} works without ${facts.targets.length === 1 ? "it" : "them"}.`,
        ]
      : [];
  if (!facts.settings.allowPrivate && notPublic(facts, host) !== null)
    return [...remove, `Write a host name as the SRV target, one with the homeserver's public address.`];
  const name = hasAddress(facts, base, host)
    ? `${base} has that address: write it as the SRV target:\n${srvLine(service, base, base, port, srv)}`
    : `Publish the address under a host name, and write that name as the SRV target (matrix.${base} is an example; the name must have no other address):\n${addressLine(`matrix.${base}`, host.includes(":") ? "AAAA" : "A", host)}\n${srvLine(service, base, `matrix.${base}`, port, srv)}`;
  return isDead ? [...remove, `First repair what fails at ${place(host, port)}. ${name}`] : [name, ...remove];
}

function isEmpty({ outcome }: SrvFacts): boolean {
  return (done(outcome)?.records ?? []).length === 0;
}

function allAreAddresses({ targets }: Facts): boolean {
  return targets.every(({ host }) => isIpLiteral(host));
}

/** Who ignores such records finds another target that works. Without one it is by luck that they get to the server at port 8448. */
function othersWork(facts: Facts): boolean {
  const others = preferredAmong(facts.targets.filter(({ host }) => !isIpLiteral(host)));
  return others.some((each) => targetWorks(facts, each));
}

function hasAddress(facts: Facts, name: string, address: string): boolean {
  const host = hostFacts(facts, name);
  return host !== null && addressesOf(host).includes(address);
}
