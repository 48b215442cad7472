/** Which addresses the public internet can't reach, and homeservers refuse to connect to. Pure. */
import ipaddr from "ipaddr.js";
import { isIpv4, isIpv6 } from "./address.ts";

/**
 * Synapse's default `ip_range_blacklist` (synapse/config/repository.py), with what each range is; what can't be a destination at all; and
 * the rest of IANA's special-purpose registries. The first that matches counts.
 */
const RANGES: readonly (readonly [cidr: string, kind: string])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback"],
  // Addresses that look public and exist only inside a cloud platform: of its machine that serves the virtual ones (Azure), of its
  // services.
  ["168.63.129.16/32", "cloud platform (Azure)"],
  ["199.36.153.4/30", "cloud platform (Google)"],
  ["199.36.153.8/30", "cloud platform (Google)"],
  ["35.199.192.0/19", "cloud platform (Google)"],
  ["161.26.0.0/16", "cloud platform (IBM)"],
  ["166.8.0.0/14", "cloud platform (IBM)"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "benchmarking"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
  ["2001::/23", "reserved"],
  ["64:ff9b:1::/48", "private (NAT64)"],
  ["fc00::/7", "private (unique local)"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "reserved (site-local)"],
  ["ff00::/8", "multicast"],
];
/**
 * IPv6 addresses that stand for an IPv4 address, and where in them it is, in bytes: mapped, compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052,
 * 2.1), 6to4 (RFC 3056, 2). Teredo's stand among the ranges: they are reserved as a whole.
 */
const EMBEDDING: readonly (readonly [cidr: string, at: number])[] = [
  ["::ffff:0:0/96", 12],
  ["::/96", 12],
  ["64:ff9b::/96", 12],
  ["2002::/16", 2],
];
/** The two middle groups of ISATAP's interface identifiers (RFC 5214, 6.1), whatever the prefix; the IPv4 address follows. */
const ISATAP = ["00005efe", "02005efe"];
/** All that is handed out to be reached (RFC 4291, 2.4). */
const GLOBAL_UNICAST = "2000::/3";

type Address = ReturnType<typeof ipaddr.parse>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;
let ranges: { range: Range; kind: string }[] | undefined;
let embedding: { range: Range; at: number }[] | undefined;
let globalUnicast: Range | undefined;

/** What kind of address that is, or null for a public one. An IPv6 address that stands for an IPv4 address counts as that one. */
export function notPublicKind(address: string): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.parse(address);
  // Not before it is needed: it takes 2 ms, before the first question goes out.
  ranges ??= RANGES.map(([cidr, kind]) => ({ range: ipaddr.parseCIDR(cidr), kind }));
  const kind = kindIn(parsed);
  if (kind !== null || parsed.kind() === "ipv4") return kind;
  const ipv4 = embeddedIpv4(parsed);
  if (ipv4 !== null) return kindIn(ipv4);
  globalUnicast ??= ipaddr.parseCIDR(GLOBAL_UNICAST);
  return parsed.match(globalUnicast) ? null : "reserved";
}

/**
 * An IP address that the public internet can reach. False for text that is no address, and for spellings that programs read differently,
 * such as `0177.0.0.1` (RFC 6943, 3.1.1).
 */
export function isPublicAddress(text: string): boolean {
  return (isIpv4(text) || (isIpv6(text) && !text.includes("%"))) && notPublicKind(text) === null;
}

function kindIn(address: Address): string | null {
  return ranges?.find(({ range }) => isIn(address, range))?.kind ?? null;
}

function embeddedIpv4(address: Address): Address | null {
  embedding ??= EMBEDDING.map(([cidr, at]) => ({ range: ipaddr.parseCIDR(cidr), at }));
  const bytes = address.toByteArray();
  const isIsatap = ISATAP.includes(Buffer.from(bytes.slice(8, 12)).toString("hex"));
  const at = isIsatap ? 12 : embedding.find(({ range }) => isIn(address, range))?.at;
  return at === undefined ? null : ipaddr.fromByteArray(bytes.slice(at, at + 4));
}

function isIn(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}
