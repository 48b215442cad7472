/** srv/target-unresolvable: an SRV target without an address. */
import { addressLine, srvLine, srvLines, withoutDoubledZone, withoutTypo } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { hasNoAddress, hostFacts, whyNoAddress } from "../../views/hosts.ts";
import { reachesServer } from "../../views/endpoint-works.ts";
import { quote } from "../../views/words.ts";
import { srvTargetMistake } from "../../views/srv-target.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const targetUnresolvable: Rule = {
  code: "srv/target-unresolvable",
  severity: "error",
  mechanisms: ["address:none"],
  title: "The SRV target has no address",
  spec: SPEC.srv,
  signOf: ["wrong-route"],
  explain: `
The SRV record leads to a host name for which DNS has neither an A nor an AAAA record, so that nobody can connect.

**How it shows.** Often as a doubled name such as \`host.example.com.example.com\`: in a zone file a name without a final dot is relative, and the zone's name
is appended to it. Else it is a typing mistake, or the host was removed.

**Who is affected.** Everybody: a record under \`_matrix-fed._tcp\` that doesn't work is never replaced by one under \`_matrix._tcp\`, nor by port 8448.

**Look-alikes.** \`address/lookup-failed\`: the name servers don't answer. \`srv/target-is-ip\`: the target is an address. \`srv/target-malformed\`: it holds more than a name.

**Fix.** Write the target with its final dot, as \`matrix.example.com.\`, and give that host A (and AAAA) records. Or let the SRV record lead to a host that has some.

**Log lines.** Synapse: \`DNS lookup failed\`, \`No address associated with hostname\`. Dendrite: \`no such host\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { host, port, srv, overridden } of facts.targets) {
      const facts_ = hostFacts(facts, host);
      if (
        srv === undefined ||
        overridden ||
        isIpLiteral(host) ||
        srvTargetMistake(host) !== null ||
        facts_ === null ||
        !hasNoAddress(facts_)
      )
        continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      const others = facts.targets.filter((each) => each.endpoints.some((endpoint) => reachesServer(facts, endpoint) === true));
      const doubled = withoutDoubledZone(host);
      const meant = doubled ?? withoutTypo(host, base);
      const because =
        doubled !== null
          ? ` The zone's name stands there twice: in the zone file the target lacks its final dot.`
          : meant !== null
            ? ` ${meant} was probably meant.`
            : "";
      yield {
        severity: "error",
        detail: `${whyNoAddress(facts_)}. ${srv.service}.${base} leads there (port ${port}).${because}`,
        fix:
          meant !== null
            ? [`Correct the record in the zone:\n${srvLine(srv.service, base, meant, port, srv)}`]
            : [
                ...(isHostName(host)
                  ? [`Add an address record (replace 192.0.2.1 with the homeserver's address):\n${addressLine(host)}`]
                  : []),
                ...(others.length > 0
                  ? [`Or, if ${quote(host)} is no more, let the SRV records be these, and no others:\n${srvLines(base, others)}`]
                  : [
                      `Let the record lead to a host that has an address (replace matrix.${base} with your homeserver's host):\n${srvLine(srv.service, base, `matrix.${base}`, port, srv)}`,
                    ]),
              ],
        where: [host],
      };
    }
  },
};

/** What somebody would give an address: letters, digits, hyphens and underscores. */
function isHostName(host: string): boolean {
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(host);
}
