/** srv/target-is-cname: RFC 2782 forbids an alias as target. */
import { addressLine, srvLines } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { done } from "../../views/outcome.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const targetIsCname: Rule = {
  code: "srv/target-is-cname",
  severity: "warning",
  concerns: "nobody",
  title: "The SRV target is an alias (CNAME)",
  spec: SPEC.srv,
  explain: `
RFC 2782 says of an SRV record's target that "the name MUST NOT be an alias". Most resolvers follow the alias all the same, and so most homeservers find the
server. It costs a further lookup, and strict software refuses it: the official federation tester reports an error.

**Who is affected.** Software that keeps to RFC 2782 to the letter; the homeservers that are known follow the alias.

**Look-alikes.** A CNAME at the server name itself is no fault. A CNAME at the owner name of the SRV record (\`_matrix-fed._tcp.…\`) is \`srv/behind-cname\`.

**Fix.** Name the host behind the alias in the SRV record, or give the target A and AAAA records of its own.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      facts.targets.filter(({ srv }) => srv !== undefined),
      ({ host }) => host,
    )) {
      const [target] = group;
      const host = hostFacts(facts, target.host);
      if (host === null) continue;
      const last = (done(host.a)?.chain.at(-1) ?? done(host.aaaa)?.chain.at(-1))?.target;
      if (last === undefined) continue;
      yield {
        severity: "warning",
        detail: `The SRV target ${target.host} is an alias (CNAME) of ${last}. RFC 2782 forbids that, and strict software doesn't follow it.`,
        fix: [
          `Let the SRV record name ${last} as its target:\n${srvLines(
            facts.route?.tlsName ?? facts.serverName,
            group.map((each) => ({ ...each, host: last })),
          )}`,
          ...(addressesOf(host).length === 0
            ? []
            : [
                `Replace the CNAME at ${target.host} by address records:\n${addressesOf(host)
                  .map((address) => addressLine(target.host, address.includes(":") ? "AAAA" : "A", address))
                  .join("\n")}`,
              ]),
        ],
        where: [target.host],
      };
    }
  },
};
