/** dns/captive: this network's resolver gives the same address for every name. */
import type { Facts } from "../../facts/facts.ts";
import { decoyAddresses, givesDecoy } from "../../views/decoy.ts";
import { usedHosts } from "../../views/hosts.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const captive: Rule = {
  code: "dns/captive",
  severity: "info",
  concerns: "nobody",
  machine: "blinds",
  title: "This network's resolver gives one address for everything",
  spec: SPEC.zones,
  explain: `
The resolver of this machine gives the same address for every name, even for a random name that doesn't exist. A captive portal does that
before the login (hotels, trains); so do a filter that blocks by default, and a test network. What answers at that address says nothing
about the server: the result is *inconclusive*, exit code 3.

**Who is affected.** Whoever runs the check on this network. Nothing is known about the server.

**Look-alikes.** \`address/none\`: the resolver gives an address of its own only for names that don't exist, and right answers for all
others. Then the answers of the zone's nameservers are used, if they can be asked.

**Fix.** Log in to the network, or name another resolver with \`--dns-server\`. Some networks redirect DNS to every resolver; then use
another network, or DNS over HTTPS (\`--dns-server https://…\`).
`,
  *judge(facts: Facts): Iterable<Found> {
    const made = decoyAddresses(facts);
    const hosts = usedHosts(facts);
    if (made.length === 0 || hosts.length === 0 || !hosts.every((host) => givesDecoy(facts, host))) return;
    yield {
      severity: "info",
      detail: `The resolver answers ${list(hosts.map(({ host }) => host))} with ${list(made)}, and a random name that doesn't exist too. The random name was ${facts.clues?.decoy?.name ?? ""}. What answers at that address says nothing about ${facts.serverName}.`,
      fix: [
        "If this network demands a login, log in, then check again.",
        `Ask another resolver over HTTPS, which the network can't redirect:\nnpx matrix-delegation-check --dns-server https://dns.quad9.net/dns-query ${facts.serverName}`,
      ],
      where: hosts.map(({ host }) => host),
    };
  },
};
