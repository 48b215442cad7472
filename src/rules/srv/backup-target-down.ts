/** srv/backup-target-down: a later target can't be connected to, a preferred one can. */
import { srvLines } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { isBackup, preferredTargets } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const backupTargetDown: Rule = {
  code: "srv/backup-target-down",
  severity: "warning",
  mechanisms: ["srv:target-down"],
  title: "A backup SRV target doesn't accept connections",
  spec: SPEC.srv,
  explain: `
While the preferred target works, nobody notices this fault. When the preferred target fails one day, this target can't replace it.

**Who is affected.** Nobody while the preferred target works. When it fails: Synapse and Dendrite, which would then try this target. All
others try only the first target.

**Look-alikes.** \`srv/first-target-down\`: the preferred target itself fails, and another one works.

**Fix.** Repair that target, or remove its record.
`,
  *judge(facts: Facts): Iterable<Found> {
    // Where nothing can be connected to, connect/* is about all of it.
    if (!preferredTargets(facts).some(({ endpoints }) => endpoints.some(({ tcp }) => tcp.status === "done"))) return;
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
