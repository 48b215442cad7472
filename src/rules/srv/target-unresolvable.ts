/** srv/target-unresolvable: an SRV target without an address. */
import { addressLine, correctAlias, replaceAlias, srvLine, srvLines, withoutDoubledZone, withoutTypo } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { aliasEnd, hasNoAddress, hostFacts, whyNoAddress } from "../../views/hosts.ts";
import { isBackup, targetWorks } from "../../views/route.ts";
import { quote } from "../../views/words.ts";
import { srvTargetMistake } from "../../views/srv-target.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const targetUnresolvable: Rule = {
  code: "srv/target-unresolvable",
  severity: ["error", "warning"],
  mechanisms: ["address:none"],
  title: "The SRV target has no address",
  spec: SPEC.srv,
  signOf: ["wrong-route"],
  explain: `
The target of the SRV record is a host name that has neither an A nor an AAAA record. So no homeserver can connect.

**How it shows.** Often as a doubled name such as \`host.example.com.example.com\`: in a zone file a name without a final dot is relative,
and the zone's name is appended to it. Other causes: a typing mistake, a host that was removed, or an alias (CNAME) of such a host.

**Who is affected.** All homeservers. When a record under \`_matrix-fed._tcp\` doesn't work, homeservers use neither \`_matrix._tcp\` nor
port 8448 instead. It is a warning where a preferred target works: then this one can't replace it when it fails.

**Look-alikes.** \`address/lookup-failed\`: the nameservers don't answer. \`srv/target-is-ip\`: the target is an address.
\`srv/target-malformed\`: the target is more than a host name.

**Fix.** Write the target with its final dot, as \`matrix.example.com.\`, and give that host A (and AAAA) records. Or write another host
as the target, one that has addresses.

**Log lines.** Synapse: \`DNS lookup failed\`, \`No address associated with hostname\`. Dendrite: \`no such host\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const target of facts.targets) {
      const { host, port, srv, overridden } = target;
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
      const others = facts.targets.filter((each) => targetWorks(facts, each));
      // An alias exists: what may be wrong is the name to which it leads.
      const isAlias = aliasEnd(facts_) !== null;
      const alias = correctAlias(facts_);
      const doubled = isAlias ? null : withoutDoubledZone(host);
      const meant = isAlias ? null : (doubled ?? withoutTypo(host, base));
      const because =
        doubled !== null
          ? ` The target contains the zone's name twice: in the zone file, its final dot is missing.`
          : meant !== null || alias !== null
            ? ` Probably ${meant ?? alias?.meant} is the right name.`
            : "";
      yield {
        severity: isBackup(facts, target) ? "warning" : "error",
        detail: `${whyNoAddress(facts_)}. ${srv.service}.${base} leads there (port ${port}).${because}`,
        fix:
          meant !== null
            ? [`Correct the record in the zone:\n${srvLine(srv.service, base, meant, port, srv)}`]
            : [
                ...(alias !== null
                  ? [`Correct the CNAME in the zone:\n${alias.line}`]
                  : isHostName(host)
                    ? [
                        replaceAlias(facts_, "the homeserver's address") ??
                          `Add an address record (replace 192.0.2.1 with the homeserver's address):\n${addressLine(host)}`,
                      ]
                    : []),
                ...(others.length > 0
                  ? [`Or, if ${quote(host)} no longer exists, publish exactly these SRV records, and no others:\n${srvLines(base, others)}`]
                  : [
                      `Write a host that has an address as the target (replace matrix.${base} with your homeserver's host):\n${srvLine(srv.service, base, `matrix.${base}`, port, srv)}`,
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
