/**
 * Who asks, for the limits: the peer, or behind proxies that are trusted the last address that they vouch for. What stands to the left of
 * it in X-Forwarded-For anybody could have written.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/** A peer on a Unix socket, where there are no addresses. */
const UNIX = "unix";

export interface TrustedProxies {
  trusts(peer: string): boolean;
}

/** Addresses, networks as `10.0.0.0/8`, and `unix`. @throws Error with one line about the first that is none of them */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  let unix = false;
  for (const entry of entries) {
    if (entry === UNIX) {
      unix = true;
      continue;
    }
    const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
    const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : null;
    if (most === null || Number(bits ?? most) > most)
      throw new Error(`"${entry}" is not an address, a network or "unix": write 127.0.0.1, 10.0.0.0/8, 2001:db8::/32 or unix`);
    list.addSubnet(address, Number(bits ?? most), most === 32 ? "ipv4" : "ipv6");
  }
  return { trusts: (peer) => (peer === UNIX ? unix : list.check(peer, isIPv4(peer) ? "ipv4" : "ipv6")) };
}

/** What requests are counted by: an IPv4 address, or the first 64 bits of an IPv6 address, which is what one subscriber has. */
export function clientOf(peer: string | undefined, forwardedFor: string | undefined, proxies: TrustedProxies): string {
  let client = peer === undefined || peer === "" ? UNIX : plain(peer);
  const hops = (forwardedFor ?? "").slice(-2000).split(",");
  while (hops.length > 0 && proxies.trusts(client)) {
    const next = addressIn(hops.pop() ?? "");
    if (next === null) break;
    client = next;
  }
  return isIPv6(client) ? network64(client) : client;
}

/** Some proxies write the port, too. */
function addressIn(text: string): string | null {
  const [, bracketed, before] = /^\s*(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)\s*$/.exec(text) ?? [];
  const address = bracketed ?? before ?? text.trim();
  return isIP(address) === 0 ? null : plain(address);
}

/** An IPv4 address that came as an IPv6 one is an IPv4 address; a zone says nothing. */
function plain(address: string): string {
  const [bare = ""] = address.split("%", 1);
  return isIPv6(bare) ? ipaddr.process(bare).toString() : bare;
}

function network64(address: string): string {
  return `${ipaddr.IPv6.parse(address)
    .parts.slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
