/** Addresses and places as text: what every floor must write and read in the same way. */
import ipaddr from "ipaddr.js";

export function place(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** An IP address, with or without brackets, and no host name. Names of digits and dots only don't exist in DNS. */
export function isIpLiteral(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || isIpv6(host.replace(/^\[(.*)\]$/, "$1"));
}

/** An IPv4 address of four decimal numbers, as RFC 6943 calls the strict form. */
export function isIpv4(text: string): boolean {
  // ipaddr.js tries several patterns on whatever it is given; most of it is names.
  return /^\d+\.\d+\.\d+\.\d+$/.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** An IPv6 address without brackets. */
export function isIpv6(text: string): boolean {
  return text.includes(":") && ipaddr.IPv6.isValid(text);
}
