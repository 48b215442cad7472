/** `--connect-to HOST1:PORT1:ADDRESS:PORT2`, as curl's: where to connect instead of where DNS and the route say. */
import { isIP, isIPv6, SocketAddress } from "node:net";
import type { ConnectTo } from "./io.ts";

/** All entries with one `HOST1:PORT1`. */
interface Redirection {
  /** Null matches any host. */
  host: string | null;
  /** Null matches any port. */
  fromPort: number | null;
  /** Null leaves the addresses to DNS. */
  addresses: string[] | null;
  /** Null keeps the port. */
  toPort: number | null;
}

/**
 * Parses the values of `--connect-to`. An empty HOST1 or PORT1 matches any, an empty ADDRESS leaves the addresses to DNS, an empty PORT2
 * keeps the port; IPv6 addresses stand in brackets. The first entry that matches decides; further entries with the same HOST1:PORT1 add
 * addresses.
 * @throws Error with one line that says what is wrong and what would be right
 */
export function parseConnectTo(entries: string[]): ConnectTo {
  const redirections: Redirection[] = [];
  for (const entry of entries) {
    const parsed = parseEntry(entry);
    const same = redirections.find((known) => known.host === parsed.host && known.fromPort === parsed.fromPort);
    if (same === undefined) redirections.push(parsed);
    else addAddresses(same, parsed, entry);
  }
  return {
    resolve(host, port) {
      const wanted = comparable(host);
      const match = redirections.find(
        (entry) => (entry.host === null || entry.host === wanted) && (entry.fromPort === null || entry.fromPort === port),
      );
      return { addresses: match?.addresses ? [...match.addresses] : null, port: match?.toPort ?? port };
    },
  };
}

function parseEntry(entry: string): Redirection {
  // Each field is a bracketed address or anything without a colon.
  const fields = /^(\[[^\]]*\]|[^:[\]]*):([^:]*):(\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(entry);
  if (fields === null) {
    throw problem(entry, "is not HOST:PORT:ADDRESS:PORT", "for example example.com:8448:192.0.2.1:8448, with IPv6 addresses in brackets");
  }
  const [, host = "", fromPort = "", address = "", toPort = ""] = fields;
  const from = parsePort(entry, fromPort);
  return {
    host: host === "" ? null : parseHost(entry, host),
    fromPort: from,
    addresses: address === "" ? null : [parseAddress(entry, address)],
    toPort: parsePort(entry, toPort) ?? from,
  };
}

function parseHost(entry: string, host: string): string {
  if (host.startsWith("[") && !isIPv6(host.slice(1, -1)))
    throw problem(entry, `has ${host}, which is not an IPv6 address`, "[2001:db8::1] would be one");
  if (/[\s/@]/.test(host))
    throw problem(entry, `has the host "${host}"`, "it must be a host name or an IP address, without a scheme or a path");
  return comparable(host);
}

function parseAddress(entry: string, field: string): string {
  const bracketed = field.startsWith("[");
  const address = bracketed ? field.slice(1, -1) : field;
  // Unbracketed IPv6 has colons, so it never comes here; a bracketed IPv4 does.
  if (bracketed ? isIPv6(address) : isIP(address) !== 0) return address;
  throw problem(entry, `connects to ${field}, which is not an IP address`, "give the address itself, such as 192.0.2.1 or [2001:db8::1]");
}

function parsePort(entry: string, field: string): number | null {
  if (field === "") return null;
  const port = Number(field);
  if (!/^[0-9]{1,5}$/.test(field) || port < 1 || port > 65535)
    throw problem(entry, `has the port "${field}"`, "a port is a number from 1 to 65535, or empty");
  return port;
}

function addAddresses(known: Redirection, added: Redirection, entry: string): void {
  if (known.addresses === null || added.addresses === null || known.toPort !== added.toPort) {
    throw problem(
      entry,
      "contradicts an earlier entry for the same host and port",
      "several entries may add addresses, all with the same last port",
    );
  }
  for (const address of added.addresses) if (!known.addresses.includes(address)) known.addresses.push(address);
}

/** The same for every spelling of a host: lower case, no final dot, no brackets, IPv6 as RFC 5952 writes it. */
function comparable(host: string): string {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  // The colon first: Node's expression for IPv6 takes 4 ms to compile.
  if (bare.includes(":") && isIPv6(bare) && !bare.includes("%")) return new SocketAddress({ address: bare, family: "ipv6" }).address;
  return bare.toLowerCase().replace(/\.$/, "");
}

function problem(entry: string, what: string, right: string): Error {
  return new Error(`--connect-to "${entry}" ${what}: ${right}`);
}
