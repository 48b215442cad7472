/**
 * Does this machine have a route to an address? Tells this machine's lack of IPv6 (or IPv4) from trouble on the way.
 */
import { createSocket } from "node:dgram";
import { isIP, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * The address that this machine would send from; null when it has no route. Connecting a UDP socket asks the kernel for a route and sends
 * no packet.
 */
export function sourceAddressFor(address: string): Promise<string | null> {
  const version = isIP(address);
  if (version === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const socket = createSocket({ type: version === 6 ? "udp6" : "udp4" });
    const finish = (source: string | null): void => {
      socket.close();
      resolve(source);
    };
    socket.once("error", () => finish(null));
    socket.once("connect", () => finish(socket.address().address));
    socket.connect(443, address); // any port: nothing is sent
  });
}

/**
 * True when a failed connection to `address` says nothing about the other side: there is no route to it, or it is a global IPv6 address and
 * this machine has only IPv6 addresses that no answer from the internet can reach (a container's ULA with a default route, for example).
 */
export async function isBeyondReach(address: string): Promise<boolean> {
  const source = await sourceAddressFor(address);
  if (source === null) return true;
  return isIPv6(address) && isGlobalIpv6(address) && !isGlobalIpv6(source);
}

/** Neither loopback, link-local, unique local (RFC 4193), unspecified nor IPv4-mapped. */
function isGlobalIpv6(address: string): boolean {
  const parsed = ipaddr.parse(address);
  return !["loopback", "linkLocal", "uniqueLocal", "unspecified", "ipv4Mapped", "multicast"].includes(parsed.range());
}
