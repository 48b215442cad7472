/** Addresses and places as text: what every floor must write and read in the same way. */
import ipaddr from "ipaddr.js";

export function place(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An IP address, with or without brackets, and no host name. Names of digits and dots only don't exist in DNS. */
export function isIpLiteral(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || (host.includes(":") && ipaddr.IPv6.isValid(host.replace(/^\[(.*)\]$/, "$1")));
}
