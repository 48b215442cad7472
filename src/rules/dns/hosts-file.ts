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
The hosts file of the machine on which the check runs (\`/etc/hosts\`) has another address for a host of the route. This check asks DNS, as others do, and didn't use it. But browsers, curl and a homeserver on
this machine look into the file first: what they show is not what others see.

**Who is affected.** Only programs on this machine.

**How it happens.** An entry from the time of a move, or Debian's line \`127.0.1.1\` for the machine's own name.

**Look-alikes.** An entry with the addresses that DNS gives too is no finding.

**Fix.** Remove the line when it is no longer wanted. To check a server to which DNS doesn't point yet, use \`--connect-to\`.
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
        detail: `${path} says that ${host} is ${list(addresses)}; DNS says ${inDns.length === 0 ? "that it has no address" : list(inDns)}. The check used DNS; other programs on this machine see something else than others do.`,
        fix: [`Remove the line for ${host} from ${path} when it is no longer needed.`],
        where: [host],
      };
    }
  },
};
