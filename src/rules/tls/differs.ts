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
The addresses of one host present different certificates. Each homeserver sees the certificate of the address that it uses.

**How it shows.** The certificates have different fingerprints.

**Usual causes.** The IPv6 address leads to another machine or virtual host than the IPv4 address; or the last renewal missed one machine
of several. It does no harm when several machines behind one name each renew their own certificate.

**Who is affected.** Homeservers that get a wrong certificate. If all certificates are valid for the name: nobody for now.

**Look-alikes.** If one certificate has another fault, that is a finding too, and this finding is listed under it.

**Fix.** Find out which machine has which certificate. Either give all machines the same certificate (copy it after each renewal), or make
each machine renew its own. Monitor each address, as this tool does. Remove an AAAA record that leads to a wrong machine.

**Log lines.** The lines for the fault of the one certificate, at some homeservers only.

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
        detail: `The addresses of ${host} present ${certificates.length} different certificates. ${shown.join("; ")}. ${allGood ? "All are valid now, but each is renewed separately, and a renewal may be missed." : "Homeservers get one or the other at random."}`,
        fix: [
          `Make every machine behind ${host} use the same certificate on port ${port}, and reload all of them after each renewal. Or make each machine renew its own certificate, and monitor each address.`,
          `If one of these addresses leads to a wrong machine, remove its A or AAAA record from ${host}.`,
        ],
        where: target.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
