/** address/ipv6-only: AAAA without A, or an IPv6 address instead of a name. */
import { addressLine } from "../../advice/dns.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import type { Facts } from "../../facts/facts.ts";
import { homeservers } from "../../homeservers/all.ts";
import { aliasEnd, usedHosts } from "../../views/hosts.ts";
import { redirectedHosts } from "../../views/redirect-host.ts";
import { done } from "../../views/outcome.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const IPV4_ONLY = homeservers.filter(({ addresses }) => addresses.families.is === "ipv4").map(({ name }) => name);
const NEEDING_PORT = homeservers.filter(({ wellKnown }) => wellKnown.ipv6WithoutPort.is === "fails").map(({ name }) => name);
const NOT_VERIFYING = homeservers.filter(({ keys }) => keys.ipv6Names.is === false).map(({ name }) => name);

export const ipv6Only: Rule = {
  code: "address/ipv6-only",
  severity: "warning",
  mechanisms: ["address:ipv6-only", "well-known:ipv6-port", "keys:ipv6-name"],
  title: "The host has only IPv6 addresses",
  spec: SPEC.resolving,
  explain: `
There is an AAAA record, but no A record; or the server name or \`m.server\` is itself an IPv6 address. Homeservers without IPv6 can't
connect. Many homeservers have no IPv6: Docker networks have none by default.

**Who is affected.** Every homeserver on an IPv4-only network, and ${list(IPV4_ONLY)} in its default configuration, whose allow list has
no IPv6 range. In \`m.server\`, ${list(NEEDING_PORT)} misread an IPv6 address without a port. Keys of a server whose name is an IPv6 address can't be verified by ${list(NOT_VERIFYING)}.

**Fix.** Give the host an IPv4 address as well, or put an IPv4 proxy in front of it. If the IPv6 address is in \`m.server\`, write a host
name there instead. A server name can't be changed later.
`,
  *judge(facts: Facts): Iterable<Found> {
    const isTarget = (name: string): boolean => facts.targets.some(({ host }) => host.toLowerCase() === name);
    for (const known of [...usedHosts(facts), ...redirectedHosts(facts)]) {
      const { host: name, ...answers } = known;
      // Where the well-known is asked for matters when the file does.
      if (!isTarget(name) && facts.route?.delegatedName == null) continue;
      const a = done(answers.a);
      const aaaa = done(answers.aaaa);
      if (a === null || aaaa === null || a.records.length > 0 || aaaa.records.length === 0 || a.rcode !== "NOERROR") continue;
      // Beside a CNAME no other record may stand: the addresses are where it leads.
      const owner = aliasEnd(known) ?? name;
      yield {
        severity: "warning",
        detail: `${name} has ${aaaa.records.length} AAAA record${aaaa.records.length > 1 ? "s" : ""} and no A record. ${isTarget(name) ? `Homeservers without IPv6 can't connect. By default ${list(IPV4_ONLY)} doesn't connect to IPv6.` : "Homeservers without IPv6 can't fetch the well-known file there."}`,
        fix: [`Give the host an IPv4 address, and publish it (replace 192.0.2.1 with that address):\n${addressLine(owner)}`],
        where: [name],
      };
    }
    yield* literals(facts);
  },
};

/** There is no record that could be missing. */
function* literals({ targets, route }: Facts): Iterable<Found> {
  for (const { host, port, srv } of targets) {
    // As an SRV target it is srv/target-is-ip's.
    if (!isIpLiteral(host) || !host.includes(":") || srv !== undefined) continue;
    const isName = route?.via === "ip-literal";
    const verifying = isName ? ` ${list(NOT_VERIFYING)} can't verify the keys of such a name.` : "";
    const lacksPort = !isName && route?.delegatedName?.endsWith("]") === true;
    const splitting = lacksPort ? ` ${list(NEEDING_PORT)} misread such an address without a port.` : "";
    yield {
      severity: "warning",
      detail: `${isName ? "The server name" : "m.server"} is an IPv6 address, ${host}. Homeservers without IPv6 can't connect. By default ${list(IPV4_ONLY)} doesn't connect to IPv6.${verifying}${splitting}`,
      fix: [
        isName
          ? "A server name can't be changed later. For a server that has no users yet, choose a DNS name with A and AAAA records."
          : "In m.server, write a host name with A and AAAA records instead of the address; the certificate must cover that name.",
      ],
      where: [place(host, port)],
    };
  }
}
