/** srv/target-unresolvable: an SRV target without an address. */
import { addressLine, correctAlias, replaceAlias, srvLine, srvLines, withoutDoubledZone, withoutTypo } from "../../advice/dns.ts";
import { insteadOfSrv } from "../../advice/instead-of-srv.ts";
import type { Facts, HostFacts, TargetFacts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { aliasEnd, hasNoAddress, hostFacts, whyNoAddress } from "../../views/hosts.ts";
import { isBackup, targetWorks } from "../../views/route.ts";
import { quote } from "../../views/words.ts";
import { foundAt } from "../../views/found-homeserver.ts";
import { srvTargetMistake, withoutAppendedZone } from "../../views/srv-target.ts";
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
      const known = hostFacts(facts, host);
      if (srv === undefined || overridden || isIpLiteral(host) || srvTargetMistake(host) !== null || known === null || !hasNoAddress(known))
        continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      const guess = guessed(facts, target, known, base);
      yield {
        severity: isBackup(facts, target) ? "warning" : "error",
        detail: `${whyNoAddress(known)}. ${srv.service}.${base} leads there (port ${port}).${guess === null ? "" : ` ${guess.because}`}`,
        fix: guess?.fix ?? fixes(facts, known, host, { ...srv, port, base }),
        where: [host],
      };
    }
  },
};

/** The name that was meant, where the wrong one tells. */
function guessed(
  facts: Facts,
  { host, port, srv }: TargetFacts,
  known: HostFacts,
  base: string,
): { because: string; fix: string[] } | null {
  if (srv === undefined) return null;
  const record = (meant: string): string => srvLine(srv.service, base, meant, port, srv);
  // An alias exists: what may be wrong is the name to which it leads.
  if (aliasEnd(known) !== null) {
    const alias = correctAlias(known);
    if (alias === null) return null;
    return { because: `Probably ${alias.meant} is the right name.`, fix: [`Correct the CNAME in the zone:\n${alias.line}`] };
  }
  const doubled = withoutDoubledZone(host);
  const because = "The target contains the zone's name twice: in the zone file, its final dot is missing.";
  if (doubled !== null) return { because, fix: [`Correct the record in the zone:\n${record(doubled)}`] };
  const undotted = withoutAppendedZone(host, base);
  const running = undotted === null ? null : foundAt(facts, undotted, port);
  if (running !== null) {
    const instead = running.certificateGood ? insteadOfSrv(facts, { service: srv.service, base }) : null;
    return {
      because: `${running.server.name} answers at ${running.host}:${port}: in the zone file, the target's final dot is missing.`,
      fix: [
        `Correct the record in the zone (the certificate at ${running.host} must cover ${base}):\n${record(running.host)}`,
        ...(instead === null ? [] : [instead]),
      ],
    };
  }
  const typed = withoutTypo(host, base);
  if (typed === null) return null;
  return { because: `Probably ${typed} is the right name.`, fix: [`Correct the record in the zone:\n${record(typed)}`] };
}

function fixes(
  facts: Facts,
  known: HostFacts,
  host: string,
  { service, base, port, ...order }: { service: string; base: string; port: number; priority: number; weight: number },
): string[] {
  const address = isHostName(host)
    ? [
        replaceAlias(known, "the homeserver's address") ??
          `Add an address record (replace 192.0.2.1 with the homeserver's address):\n${addressLine(host)}`,
      ]
    : [];
  const others = facts.targets.filter((each) => targetWorks(facts, each));
  if (others.length > 0)
    return [
      ...address,
      `Or, if ${quote(host)} no longer exists, publish exactly these SRV records, and no others:\n${srvLines(base, others)}`,
    ];
  const instead = insteadOfSrv(facts, { service, base });
  if (instead !== null) return [instead, ...address];
  return [
    ...address,
    `Write a host that has an address as the target (replace matrix.${base} with your homeserver's host):\n${srvLine(service, base, `matrix.${base}`, port, order)}`,
  ];
}

/** What somebody would give an address: letters, digits, hyphens and underscores. */
function isHostName(host: string): boolean {
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i.test(host);
}
