/** srv/target-is-ip: an IP address where RFC 2782 wants a host name. */
import { addressLine, srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
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
  breaks: "route",
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
      const { host, port, srv } = target;
      if (srv === undefined || !isIpLiteral(host)) continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      yield {
        severity: othersWork(facts) || isBackup(facts, target) ? "warning" : "error",
        detail: `${srv.service}.${base} leads to "${host}", an IP address. The target must be a host name (RFC 2782). ${list(CONNECTING)} connect anyway; ${list(DROPPING)} ignore the record.`,
        fix: [
          hasAddress(facts, base, host)
            ? `${base} has that address: write it as the SRV target:\n${srvLine(srv.service, base, base, port, srv)}`
            : `Publish the address under a host name, and write that name as the SRV target (matrix.${base} is an example; the name must have no other address):\n${addressLine(`matrix.${base}`, host.includes(":") ? "AAAA" : "A", host)}\n${srvLine(srv.service, base, `matrix.${base}`, port, srv)}`,
        ],
        where: [`${srv.service}.${base}`],
      };
    }
  },
};

/** The homeservers that ignore such records find a server that works without them. The address itself is never tried. */
function othersWork(facts: Facts): boolean {
  const others = preferredAmong(facts.targets.filter(({ host }) => !isIpLiteral(host)));
  return others.some((each) => targetWorks(facts, each));
}

function hasAddress(facts: Facts, name: string, address: string): boolean {
  const host = hostFacts(facts, name);
  return host !== null && addressesOf(host).includes(address);
}
