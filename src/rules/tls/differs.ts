/** tls/differs: the addresses of one host present different certificates. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { presented } from "../../views/presented.ts";

export const differs: Rule = {
  code: "tls/differs",
  severity: "warning",
  concerns: "everybody",
  title: "The addresses present different certificates",
  spec: SPEC.tls,
  signOf: ["wrong-virtual-host"],
  explain: `
The addresses of one host present different certificates. Each homeserver sees the one of the address that it happens to use.

**Shows as** different fingerprints. Frequent: the IPv6 address leads to another machine or virtual host than the IPv4 address, or one machine
of several was missed at the last renewal. Harmless: machines behind one name that each renew on their own.

**Affected:** whoever meets the certificate that is wrong; if all of them are valid for the name, nobody for now.

**Look-alikes.** If one certificate has a fault of its own, that is a finding too, and this one stands under it.

**Fix.** See which machine has which certificate. Either give all of them the same one (distribute it after each renewal), or see that each
renews by itself, and check each address in monitoring, as this tool does. Remove an AAAA record that leads to a machine that was never meant.

**Log lines.** Those of the fault that the one certificate has, at some homeservers only.

Specification: Server-Server API, "TLS".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const target of groupBy(presented(facts), ({ endpoint }) => `${endpoint.target.host}:${endpoint.target.port}`)) {
      const certificates = groupBy(target, ({ leaf }) => leaf.sha256);
      const [first] = target;
      if (certificates.length < 2 || first === undefined) continue;
      const shown = certificates.slice(0, 4).flatMap((group) => {
        const each = group[0];
        if (each === undefined) return [];
        const at = group.map(({ endpoint }) => endpoint.place).join(", ");
        return [`${at}: ${quote(each.leaf.subject)} until ${each.leaf.notAfter.slice(0, 10)} (SHA-256 ${each.leaf.sha256.slice(0, 16)}…)`];
      });
      const allGood = target.every(({ faults }) => faults.length === 0);
      const { host, port } = first.endpoint.target;
      yield {
        severity: "warning",
        detail: `The addresses of ${host} present ${certificates.length} different certificates. ${shown.join("; ")}. ${allGood ? "Each is valid now, but they are renewed separately, and one can be missed." : "Homeservers get one or the other at random."}`,
        fix: [
          `Make every machine behind ${host} use the same certificate on port ${port}, and reload all of them after each renewal; or let each renew on its own and watch each address.`,
          `If one of these addresses leads to a machine that was not meant, remove its A or AAAA record from ${host}.`,
        ],
        where: target.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
