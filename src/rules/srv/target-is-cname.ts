/** srv/target-is-cname: RFC 2782 forbids an alias as target. */
import { addressLine, srvLines } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { addressesOf, aliasEnd, hostFacts } from "../../views/hosts.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const targetIsCname: Rule = {
  code: "srv/target-is-cname",
  severity: "warning",
  concerns: "nobody",
  title: "The SRV target is an alias (CNAME)",
  spec: SPEC.srv,
  explain: `
RFC 2782 says of an SRV record's target that "the name MUST NOT be an alias". Most resolvers follow the alias, so most homeservers find
the server. It costs one more lookup, and strict software refuses it: the official federation tester reports an error.

**Who is affected.** Only software that follows RFC 2782 strictly. All known homeservers follow the alias.

**Look-alikes.** \`srv/target-unresolvable\`: the alias leads to no address. A CNAME at the server name itself is no fault.
\`srv/behind-cname\`: the name of the SRV record itself (\`_matrix-fed._tcp.…\`) is a CNAME.

**Fix.** In the SRV record, name the host to which the alias leads. Or replace the CNAME with A and AAAA records.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      facts.targets.filter(({ srv }) => srv !== undefined),
      ({ host }) => host,
    )) {
      const [target] = group;
      const host = hostFacts(facts, target.host);
      if (host === null) continue;
      const last = aliasEnd(host);
      // An alias that leads to no address is another rule's: the name where it ends is no better target.
      if (last === null || addressesOf(host).length === 0) continue;
      yield {
        severity: "warning",
        detail: `The SRV target ${target.host} is an alias (CNAME) of ${last}. RFC 2782 forbids that, and strict software doesn't follow it.`,
        fix: [
          `In the SRV record, write ${last} as the target:\n${srvLines(
            facts.route?.tlsName ?? facts.serverName,
            group.map((each) => ({ ...each, host: last })),
          )}`,
          `Replace the CNAME at ${target.host} with address records:\n${addressesOf(host)
            .map((address) => addressLine(target.host, address.includes(":") ? "AAAA" : "A", address))
            .join("\n")}`,
        ],
        where: [target.host],
      };
    }
  },
};
