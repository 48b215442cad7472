/** srv/target-is-ip: an IP address where RFC 2782 wants a host name. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const targetIsIp: Rule = {
  code: "srv/target-is-ip",
  severity: "error",
  mechanisms: ["srv:target-is-address"],
  title: "The SRV target is an IP address",
  spec: SPEC.srv,
  breaks: "route",
  explain: `
The target of an SRV record is a host name; its addresses are looked up next. "192.0.2.10" is looked up as a name too, and no such name exists.

**Who is affected.** Everybody who follows the specification (RFC 2782); some resolvers take the text for an address all the same.

**Look-alikes.** \`srv/target-unresolvable\`: the target is a host name, but has no address. In \`m.server\` an IP address is allowed.

**Fix.** Give the homeserver's host a name with an A (and AAAA) record, and let the SRV record lead to that name.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { host, port, srv } of facts.targets) {
      if (srv === undefined || !isIpLiteral(host)) continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      yield {
        severity: "error",
        detail: `${srv.service}.${base} leads to "${host}", an IP address. Homeservers look it up as a host name, and it has no address.`,
        fix: [
          `Publish an address record for a host name and lead the SRV record there:\nmatrix.${base}.  IN ${host.includes(":") ? "AAAA" : "A"}  ${host}\n${srvLine(srv.service, base, `matrix.${base}`, port)}`,
        ],
        where: [`${srv.service}.${base}`],
      };
    }
  },
};
