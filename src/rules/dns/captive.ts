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
The resolver of this machine answers every name with the same address, also a name that was made up for this check and can't exist. That is what a captive portal does before the login
(hotels, trains), a filter that blocks by default, or a test network. What was seen behind that address says nothing about the server: the result is *inconclusive*, exit code 3.

**Who is affected.** Whoever runs the check on this network. Nothing is known about the server.

**Look-alikes.** \`address/none\`: a resolver that only answers names that don't exist with an address of its own, and all others rightly. Where the zone's
nameservers can be asked, their word counts instead of such a resolver's.

**Fix.** Log in to the network, or name a resolver with \`--dns-server\`; some networks redirect that as well, then only another network helps, or DNS over HTTPS
(\`--dns-server https://…\`).
`,
  *judge(facts: Facts): Iterable<Found> {
    const made = decoyAddresses(facts);
    const hosts = usedHosts(facts);
    if (made.length === 0 || hosts.length === 0 || !hosts.every((host) => givesDecoy(facts, host))) return;
    yield {
      severity: "info",
      detail: `The resolver answers ${list(hosts.map(({ host }) => host))} with ${list(made)}, and a made-up name too. The made-up name was ${facts.clues?.decoy?.name ?? ""}. What was seen at that address says nothing about ${facts.serverName}.`,
      fix: [
        "Log in to this network if it wants a login, then check again.",
        `Ask another resolver, over a way that the network doesn't redirect:\nnpx matrix-delegation-check --dns-server https://dns.quad9.net/dns-query ${facts.serverName}`,
      ],
      where: hosts.map(({ host }) => host),
    };
  },
};
