/** srv/target-is-ip: an IP address where RFC 2782 wants a host name. */
import { addressLine, srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const CONNECTING = whose(({ srv }) => srv.targetIsAddress.is === "used");
const DROPPING = whose(({ srv }) => srv.targetIsAddress.is === "dropped");

export const targetIsIp: Rule = {
  code: "srv/target-is-ip",
  severity: "error",
  mechanisms: ["srv:target-is-address"],
  title: "The SRV target is an IP address",
  spec: SPEC.srv,
  breaks: "route",
  explain: `
The target of an SRV record is a host name; its addresses are looked up next. "192.0.2.10" is a name too in DNS, and no such name exists.

**How it shows.** Synapse and continuwuity take the text for an address all the same and connect. Dendrite and mautrix-go drop the record.

**Who is affected.** Dendrite, mautrix-go, and whoever follows the specification (RFC 2782).

**Look-alikes.** \`srv/target-unresolvable\`: the target is a host name, but has no address. \`srv/target-malformed\`: a port or a path stands there too. In \`m.server\` an IP address is allowed.

**Fix.** Give the homeserver's host a name with an A (and AAAA) record, and let the SRV record lead to that name.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { host, port, srv } of facts.targets) {
      if (srv === undefined || !isIpLiteral(host)) continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      yield {
        severity: "error",
        detail: `${srv.service}.${base} leads to "${host}", an IP address. The target must be a host name (RFC 2782). ${list(CONNECTING)} connect there all the same; ${list(DROPPING)} drop the record.`,
        fix: [
          hasAddress(facts, base, host)
            ? `${base} has that address: lead the SRV record there:\n${srvLine(srv.service, base, base, port, srv)}`
            : `Publish the address under a host name, and lead the SRV record there (instead of matrix.${base} any name will do that has no other address):\n${addressLine(`matrix.${base}`, host.includes(":") ? "AAAA" : "A", host)}\n${srvLine(srv.service, base, `matrix.${base}`, port, srv)}`,
        ],
        where: [`${srv.service}.${base}`],
      };
    }
  },
};

function hasAddress(facts: Facts, name: string, address: string): boolean {
  const host = hostFacts(facts, name);
  return host !== null && addressesOf(host).includes(address);
}
