/** srv/target-malformed: a port, a scheme or a path in the target. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { isBackup } from "../../views/route.ts";
import { srvTargetMistake } from "../../views/srv-target.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const SAID = {
  scheme: "a URL",
  path: "a name with a path",
  port: "a name with a port",
} as const;

export const targetMalformed: Rule = {
  code: "srv/target-malformed",
  severity: ["error", "warning"],
  mechanisms: ["srv:target-malformed"],
  title: "The SRV target isn't a plain host name",
  spec: SPEC.srv,
  breaks: "route",
  explain: `
The target of an SRV record is a host name and nothing else (RFC 2782). The port has a field of its own before it: \`priority weight port
target\`. Here the target contains a port (\`hs.example.com:8448.\`), a scheme (\`https://hs.example.com.\`) or a path.

**How it shows.** No homeserver connects: homeservers look up the whole text as a name, and no such name exists.

**Who is affected.** All homeservers. It is a warning where a preferred target works: then this one can't replace it when it fails.

**Usual causes.** The value of \`m.server\` (\`host:port\`) or the homeserver's URL was copied into the record.

**Look-alikes.** \`srv/target-unresolvable\`: the target is a name, but has no address. \`srv/target-is-ip\`: the target is an address.

**Fix.** Write the bare host name with its final dot as target, and the port in the port field.

**Log lines.** Synapse: \`DNS lookup failed\`, \`No address associated with hostname\`. Dendrite: \`no such host\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const base = facts.route?.tlsName ?? facts.serverName;
    const malformed = facts.targets.flatMap((target) => {
      const mistake = target.srv === undefined ? null : srvTargetMistake(target.host, base);
      return mistake === null || target.srv === undefined
        ? []
        : [{ target, host: target.host, port: target.port, srv: target.srv, mistake }];
    });
    for (const group of groupBy(malformed, ({ host }) => host)) {
      const [first] = group;
      const { host, srv, port, mistake } = first;
      const name = `${srv.service}.${base}`;
      const meant = mistake.port !== null && [0, 443].includes(port) ? mistake.port : port;
      yield {
        severity: group.every(({ target }) => isBackup(facts, target)) ? "warning" : "error",
        detail: `${name} leads to ${quote(host)}, ${SAID[mistake.part]}. The target of an SRV record is a host name only; the port has its own field. Homeservers look up the whole text as a name, and there is no such name.`,
        fix: [
          mistake.host === null
            ? `Correct the record ${name}: write only the homeserver's host name as the target, and its port in the field before the target.`
            : `Correct the record in the zone (the numbers are priority, weight, port):\n${srvLine(srv.service, base, mistake.host, meant === 0 ? 8448 : meant, srv)}`,
        ],
        where: [name],
      };
    }
  },
};
