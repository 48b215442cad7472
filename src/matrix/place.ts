/** A host with a port, as people write it and as it is compared. Pure. */
import { formatHostPort, parseServerName } from "./server-name.ts";

/**
 * `matrix.example.com:443`, `192.0.2.1:8448`, `[2001:db8::1]:8448` in the one form that can be compared: lower case, no final dot, IPv6 as
 * RFC 5952 writes it. Null when it is no host with a port (the grammar is that of server names).
 */
export function comparablePlace(text: string): string | null {
  const parsed = parseServerName(text);
  if (!parsed.ok || parsed.name.port === null) return null;
  return formatHostPort(parsed.name.dnsHost.toLowerCase().replace(/\.$/, ""), parsed.name.port);
}
