/** srv/backup-target-down: a later target can't be connected to, the preferred one works. */
import { srvLines } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { isBackup } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const backupTargetDown: Rule = {
  code: "srv/backup-target-down",
  severity: "warning",
  mechanisms: ["srv:target-down"],
  title: "A backup SRV target doesn't accept connections",
  spec: SPEC.srv,
  explain: `
The preferred target works, so nobody notices this fault. When the preferred target fails one day, this target can't replace it.

**Who is affected.** Nobody while the preferred target works. When it fails: Synapse and Dendrite, which would then try this target. All
others try only the first target.

**Look-alikes.** \`srv/first-target-down\`: the preferred target itself fails.

**Fix.** Repair that target, or remove its record.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const target of facts.targets) {
      if (target.srv === undefined || target.endpoints.length === 0 || !isBackup(facts, target)) continue;
      if (!target.endpoints.every(({ tcp }) => tcp.status === "failed")) continue;
      const [first] = target.endpoints;
      const reason = first?.tcp.status === "failed" ? first.tcp.error.message : "no connection";
      yield {
        severity: "warning",
        detail: `${target.host}:${target.port} (priority ${target.srv.priority}): ${reason}. When the preferred target fails, this SRV target can't replace it.`,
        fix: [
          `Repair ${target.host}:${target.port}. Or, if it no longer exists, publish exactly these SRV records, and no others:\n${srvLines(
            facts.route?.tlsName ?? facts.serverName,
            facts.targets.filter((each) => each !== target),
          )}`,
        ],
        where: target.endpoints.map(({ address, port }) => place(address, port)),
      };
    }
  },
};
