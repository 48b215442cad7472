/** srv/port-zero: port 0 is none. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { isBackup } from "../../views/route.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const portZero: Rule = {
  code: "srv/port-zero",
  severity: ["error", "warning"],
  mechanisms: ["srv:port-zero"],
  title: "The SRV record names port 0",
  spec: SPEC.srv,
  explain: `
The third number of an SRV record is the port. Nobody can connect to port 0. The numbers are, in this order: priority, weight, port.

**Who is affected.** All homeservers: nobody can connect to port 0, and homeservers don't use another port instead. It is a warning
where a preferred target works: then this one can't replace it when it fails.

**Look-alikes.** \`connect/refused\`: the port is valid, and nothing listens there.

**Fix.** Write the homeserver's federation port there, usually 8448 or 443.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const target of facts.targets) {
      const { host, port, srv } = target;
      if (srv === undefined || port !== 0) continue;
      const base = facts.route?.tlsName ?? facts.serverName;
      yield {
        severity: isBackup(facts, target) ? "warning" : "error",
        detail: `${srv.service}.${base} leads to port 0 of ${host}. Nobody can connect to port 0.`,
        fix: [`Correct the record in the zone (the numbers are priority, weight, port):\n${srvLine(srv.service, base, host, 8448, srv)}`],
        where: [`${srv.service}.${base}`],
      };
    }
  },
};
