/** dns/hosts-file: this machine's hosts file has other addresses for a host of the route than DNS. */
import type { Facts } from "../../facts/facts.ts";
import { addressesOf, hostFacts } from "../../views/hosts.ts";
import { list } from "../../views/words.ts";
import type { Found, Rule } from "../rule.ts";

export const hostsFile: Rule = {
  code: "dns/hosts-file",
  severity: "info",
  concerns: "nobody",
  title: "This machine's hosts file overrides DNS",
  spec: null,
  explain: `
The hosts file of the machine on which the check runs (\`/etc/hosts\`) has another address for a host of the route. This check asks DNS,
as other servers do, and ignores the hosts file. But browsers, curl and a homeserver on this machine use the hosts file first: they don't
see what others see.

**Who is affected.** Only programs on this machine.

**Usual causes.** A line that was added for a move and not removed, or Debian's line \`127.0.1.1\` for the machine's own name.

**Look-alikes.** A line with the same addresses as in DNS is no finding.

**Fix.** Remove the line if it is no longer needed. To check a server to which DNS doesn't point yet, use \`--connect-to\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.hostsFile === undefined) return;
    const { path, entries } = facts.hostsFile;
    for (const { host, addresses } of entries) {
      const known = hostFacts(facts, host);
      const inDns = known === null ? [] : addressesOf(known);
      if (addresses.every((address) => inDns.includes(address))) continue;
      yield {
        severity: "info",
        detail: `${path} says that ${host} is ${list(addresses)}; DNS says ${inDns.length === 0 ? "that it has no address" : list(inDns)}. The check used DNS. Other programs on this machine use the hosts file, and so don't see what other servers see.`,
        fix: [`Remove the line for ${host} from ${path} if it is no longer needed.`],
        where: [host],
      };
    }
  },
};
