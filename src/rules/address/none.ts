/** address/none: the host to connect to has no address. */
import { getDomain } from "../../facts/public-suffix-list.ts";
import { addressLine, correctAlias, replaceAlias, withoutDoubledZone, withoutTypo } from "../../advice/dns.ts";
import { certificateFirst, wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { labelFaults } from "../../homeservers/labels.ts";
import { foundHomeserver } from "../../views/found-homeserver.ts";
import { aliasEnd, hasNoAddress, hostFacts, whyNoAddress } from "../../views/hosts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const addressNone: Rule = {
  code: "address/none",
  severity: "error",
  mechanisms: ["address:none"],
  title: "The host to connect to has no address",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
The host to which homeservers must connect has neither an A nor an AAAA record in DNS. So no homeserver can connect.

**Usual causes.** A typing mistake in \`m.server\`, a host that was removed, a record that was made in the wrong zone, or a domain that
isn't delegated yet. Or the host is an alias (CNAME) of a name that no longer exists.

**Who is affected.** All homeservers: they have no address to connect to.

**Look-alikes.** \`address/lookup-failed\`: the nameservers don't answer, or refuse. \`well-known/no-address\`: the server name itself has
no address; that is no fault when an SRV record leads to another host. \`srv/target-unresolvable\`: the host comes from an SRV record.

**Fix.** Add an A (and AAAA) record for that host in the public zone. Or correct the host name: in \`m.server\`, in the SRV record, or in
the server name.

**Log lines.** Synapse: \`DNS lookup failed\`. Dendrite: \`no such host\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const { host, srv, overridden } of facts.targets) {
      const found = hostFacts(facts, host);
      if (srv !== undefined || overridden || found === null || !hasNoAddress(found)) continue;
      // Nobody looks such a name up, and a record for it helps nobody: name/odd-label says it.
      if (labelFaults(host).includes("edge-hyphen")) continue;
      // An alias exists: what may be wrong is the name to which it leads.
      const isAlias = aliasEnd(found) !== null;
      const alias = correctAlias(found);
      const meant = isAlias ? null : (withoutDoubledZone(host) ?? withoutTypo(host, facts.serverName.toLowerCase()));
      const probably = meant ?? alias?.meant ?? null;
      const guess = probably === null ? "" : ` Probably ${probably} is the right name.`;
      const delegated = facts.route?.delegatedName ?? null;
      const running = foundHomeserver(facts);
      const correct =
        delegated === null
          ? null
          : running !== null
            ? `${running.server.name} answers at ${formatHostPort(running.host, running.targetPort)}. ${certificateFirst(running)}Correct the well-known file:\n${wellKnownFile(formatHostPort(running.host, running.targetPort))}`
            : meant !== null
              ? `Correct the well-known file:\n${wellKnownFile(delegated.replace(host, meant))}`
              : null;
      yield {
        severity: "error",
        detail: `${whyNoAddress(found)}. Homeservers have no address to connect to.${guess}`,
        fix: [
          ...(correct === null ? [] : [correct]),
          // A mistyped name mostly is in somebody else's zone.
          ...(correct === null || getDomain(host) === getDomain(meant ?? host)
            ? [
                alias === null
                  ? (replaceAlias(found, `the address of the machine that answers for ${host}`) ??
                    `Add an address record to the zone (replace 192.0.2.1 with the address of the machine that answers for ${host}):\n${addressLine(host)}`)
                  : `Correct the CNAME in the zone:\n${alias.line}`,
              ]
            : []),
        ],
        where: [host],
      };
    }
  },
};
