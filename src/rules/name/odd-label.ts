/** name/odd-label: a label that the grammar of server names allows, but Synapse refuses. */
import type { Facts } from "../../facts/facts.ts";
import { oddLabel as findOddLabel, type OddLabel } from "../../matrix/server-name.ts";
import { labelFaults, type LabelFault } from "../../homeservers/labels.ts";
import type { Homeserver } from "../../homeservers/model.ts";
import { whose } from "../../homeservers/who.ts";
import { isOfBackupsOnly, routeSrv } from "../../views/route.ts";
import { groupBy, list as words, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen } from "../../views/well-known-read.ts";
import { srvTargetMistake } from "../../views/srv-target.ts";
import { validName } from "../../views/valid-name.ts";

interface OddName {
  role: "server-name" | "m.server" | "srv-target";
  host: string;
  odd: OddLabel;
}

export const oddLabel: Rule = {
  code: "name/odd-label",
  severity: ["error", "warning"],
  mechanisms: ["name:odd-label"],
  title: "A host name has a label that Synapse refuses",
  spec: SPEC.serverName,
  explain: `
Synapse checks every host that it connects to by IDNA 2008 (RFC 5891), which is stricter than the grammar of server names. Synapse refuses
- a label that starts or ends with a hyphen (\`-hs.example.com\`, \`hs-.example.com\`),
- a label with \`--\` as its third and fourth character that isn't an A-label (\`ab--cd.example.com\`),
- a label that starts with \`xn--\` but isn't a valid A-label, emoji domains among them,
- in the target of an SRV record also a label with \`_\`.

**How it shows.** DNS resolves the name, and other implementations connect. Synapse fails before it sends a packet.

**Who is affected.** Synapse, which most servers run.

**Look-alikes.** An underscore in the server name breaks the grammar (\`name/invalid\`); so does one in \`m.server\`
(\`well-known/invalid-m-server\`). The underscores of \`_matrix-fed._tcp\` are right: they belong to the service, not to a host.

**Fix.** If the label is in \`m.server\` or in an SRV record, give that host another name: add A and AAAA records for the new name and
(for \`m.server\`) a certificate that covers it, and then write the new name there. If the label is in the server name itself, it can't be
changed, because the server name is part of every user ID.

**Log lines.** Synapse: \`idna.core.InvalidCodepoint\`, \`Label must not start or end with a hyphen\`, \`Label has disallowed hyphens in
3rd and 4th position\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(oddNames(facts), ({ host }) => host.toLowerCase())) {
      const [first] = group;
      const { host, odd } = first;
      yield {
        severity: group.every(({ role }) => role === "srv-target") && isOfBackupsOnly(facts, host) ? "warning" : "error",
        detail: `In ${quote(host, 253)}, ${list(group)}, the label ${quote(odd.label)} ${odd.problem}. ${whoRefuses(first)}`,
        fix: fix(facts, first),
        where: [host],
      };
    }
  },
};

/** By the models: a hyphen at an edge is refused by nearly all. Of whom it isn't known isn't named. */
function whoRefuses({ host, role }: OddName): string {
  const faults = labelFaults(host);
  const traitOf = ({ names }: Homeserver): readonly LabelFault[] | null => (role === "srv-target" ? names.refusesInSrv : names.refuses).is;
  const refusing = whose((homeserver) => faults.some((fault) => traitOf(homeserver)?.includes(fault) === true));
  const connecting = whose((homeserver) => traitOf(homeserver)?.every((fault) => !faults.includes(fault)) === true);
  const refuse = `${words(refusing, 9)} ${refusing.length === 1 ? "refuses such a host name and doesn't" : "refuse such a host name and don't"} connect.`;
  return connecting.length === 0 ? refuse : `${refuse} Other homeservers connect.`;
}

const ROLES = {
  "server-name": "the server name",
  "m.server": "the host of m.server",
  "srv-target": "the target of an SRV record",
} as const;

function list(group: readonly OddName[]): string {
  return [...new Set(group.map(({ role }) => ROLES[role]))].join(" and ");
}

function oddNames(facts: Facts): OddName[] {
  const name = validName(facts);
  if (name === null) return [];
  const candidates: { role: OddName["role"]; host: string }[] = [{ role: "server-name", host: name.host }];
  const delegated = decidingSeen(facts)?.result.name;
  if (delegated !== undefined && delegated.dnsHost !== name.dnsHost) candidates.push({ role: "m.server", host: delegated.host });
  const targets =
    routeSrv(facts)
      ?.records.map((record) => record.target)
      .filter((target) => target !== "." && srvTargetMistake(target) === null) ?? [];
  candidates.push(...targets.map((host) => ({ role: "srv-target" as const, host })));
  return candidates.flatMap(({ role, host }) => {
    const odd = findOddLabel(host, { underscore: role === "srv-target" });
    return odd === null ? [] : [{ role, host, odd }];
  });
}

function fix(facts: Facts, { role, host, odd }: OddName): string[] {
  switch (role) {
    case "server-name":
      return [
        `For a new server, choose a name without the label ${quote(odd.label)}. An existing server can't be renamed, because the name is part of every user ID; homeservers with Synapse can't reach it.`,
      ];
    case "m.server":
      return [
        `Give the host of m.server another name, with A and AAAA records and a certificate for that name. Write the new name into /.well-known/matrix/server on ${facts.serverName} instead of ${quote(host, 253)}.`,
      ];
    case "srv-target":
      return [
        `Give the homeserver's host another name with A and AAAA records, and make it the target of the SRV record instead of ${quote(host, 253)}. Keep the certificate: it must cover the server name, not the SRV target.`,
      ];
  }
}
