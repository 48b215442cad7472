/** address/not-public: an address that the public internet can't reach and that homeservers refuse to connect to. */
import ipaddr from "ipaddr.js";
import type { Facts } from "../../facts.ts";
import { addressesOf, isIpText, list, usedHosts } from "../../evidence.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

/** Synapse's default `ip_range_blacklist` (synapse/config/repository.py), with what each range is; and what can't be a destination at all. */
const RANGES: readonly (readonly [cidr: string, kind: string])[] = [
  ["0.0.0.0/8", "unspecified"], ["10.0.0.0/8", "private"], ["100.64.0.0/10", "carrier-grade NAT"], ["127.0.0.0/8", "loopback"], ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"], ["192.0.0.0/24", "reserved"], ["192.0.2.0/24", "documentation"], ["192.88.99.0/24", "reserved"], ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"], ["198.51.100.0/24", "documentation"], ["203.0.113.0/24", "documentation"], ["224.0.0.0/4", "multicast"], ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"], ["::1/128", "loopback"], ["2001:db8::/32", "documentation"], ["fc00::/7", "private (unique local)"], ["fe80::/10", "link-local"], ["fec0::/10", "reserved (site-local)"], ["ff00::/8", "multicast"],
];
const PARSED = RANGES.map(([cidr, kind]) => ({ range: ipaddr.parseCIDR(cidr), kind }));

/** What kind of address that is, or null for a public one. IPv4-mapped IPv6 addresses count as what they hold. */
export function notPublicKind(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  return PARSED.find(({ range }) => range[0].kind() === parsed.kind() && parsed.match(range))?.kind ?? null;
}

export const addressNotPublic: Rule = {
  code: "address/not-public",
  severity: "error",
  title: "An address isn't reachable from the public internet",
  spec: SPEC.resolving,
  explain: `
The host has a private, loopback, link-local, shared (CGNAT), documentation or reserved address. Others can't connect to it, and homeservers refuse to try, so that nobody can
use them to reach into other people's networks.

**Who is affected.** Synapse drops *every* address of the host when one of them is in such a range; the working address beside it doesn't help. Dendrite refuses private ranges by default;
the conduwuit family refuses them as literals.

**Look-alikes.** Split-horizon DNS: inside a network the name may have a private address while the rest of the world sees a public one. Ask a public resolver to find out:
\`matrix-delegation-check --dns-server https://… <name>\`. For an internal federation use \`--allow-private\`.

**Log lines.** Synapse: \`Blocked … from DNS resolution\`. conduwuit family: \`Not allowed to send requests to this IP\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (facts.settings.allowPrivate) return;
    const literals = facts.targets.filter(({ host, overridden, srv }) => isIpText(host) && !overridden && srv === undefined).map(({ host }) => ({ host, addresses: [host] }));
    for (const { host, addresses } of [...literals, ...usedHosts(facts).map((each) => ({ host: each.host, addresses: addressesOf(each) }))]) {
      const bad = addresses.flatMap((address) => {
        const kind = notPublicKind(address);
        return kind === null ? [] : [{ address, kind }];
      });
      if (bad.length === 0) continue;
      const others = addresses.length - bad.length;
      yield {
        severity: "error",
        detail: `${host} has ${list(bad.map(({ address, kind }) => `${address} (${kind})`))}. Homeservers refuse to connect there.${others > 0 ? ` Synapse then drops the other ${others} too.` : ""} If this machine's DNS shows another address than the public one (split horizon), ask a public resolver with --dns-server.`,
        fix: isIpText(host)
          ? [`Use a public address, or a host name with one.`]
          : [`In the public zone, give ${host} public addresses only: remove the record${bad.length > 1 ? "s" : ""} with ${list(bad.map(({ address }) => address))}.`, "For a federation inside a private network, check with --allow-private and allow the range in each homeserver."],
        where: [host],
        affects: others > 0 ? ["Synapse"] : "all",
      };
    }
  },
};
