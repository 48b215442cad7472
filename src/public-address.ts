/** Which addresses the public internet can't reach, and homeservers refuse to connect to. Pure. */
import ipaddr from "ipaddr.js";

/** Synapse's default `ip_range_blacklist` (synapse/config/repository.py), with what each range is; and what can't be a destination at all. */
const RANGES: readonly (readonly [cidr: string, kind: string])[] = [
  ["0.0.0.0/8", "unspecified"], ["10.0.0.0/8", "private"], ["100.64.0.0/10", "carrier-grade NAT"], ["127.0.0.0/8", "loopback"], ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"], ["192.0.0.0/24", "reserved"], ["192.0.2.0/24", "documentation"], ["192.88.99.0/24", "reserved"], ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"], ["198.51.100.0/24", "documentation"], ["203.0.113.0/24", "documentation"], ["224.0.0.0/4", "multicast"], ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"], ["::1/128", "loopback"], ["2001:db8::/32", "documentation"], ["fc00::/7", "private (unique local)"], ["fe80::/10", "link-local"], ["fec0::/10", "reserved (site-local)"], ["ff00::/8", "multicast"],
];
let ranges: { range: ReturnType<typeof ipaddr.parseCIDR>; kind: string }[] | undefined;

/** What kind of address that is, or null for a public one. IPv4-mapped IPv6 addresses count as what they hold. */
export function notPublicKind(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  // Not before it is needed: it takes 2 ms, before the first question goes out.
  ranges ??= RANGES.map(([cidr, kind]) => ({ range: ipaddr.parseCIDR(cidr), kind }));
  return ranges.find(({ range }) => range[0].kind() === parsed.kind() && parsed.match(range))?.kind ?? null;
}
