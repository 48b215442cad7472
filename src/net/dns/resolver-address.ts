/**
 * How a resolver is written: `address[:port]`, `tls://host[:port]` (RFC 7858), `https://url` (RFC 8484).
 */
import { getServers } from "node:dns";
import { isIP, isIPv6 } from "node:net";

export type ResolverAddress =
  /** Plain DNS, UDP and TCP. `address` is an IP address without brackets, perhaps with a zone (`fe80::1%eth0`). */
  | { transport: "dns"; address: string; port: number }
  /** `host` is a name or an IP address without brackets. */
  | { transport: "tls"; host: string; port: number }
  | { transport: "https"; url: string };

const DNS_PORT = 53;
const TLS_PORT = 853;

/** Reads what a person wrote. Throws an Error with one line that says what is wrong and what would be right. */
export function parseResolver(text: string): ResolverAddress {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return parsePlain(trimmed);
    case "tls":
      return parseTls(trimmed);
    case "https":
      return parseHttps(trimmed);
    default:
      throw new Error(`"${trimmed}" is not a resolver: ${scheme}:// is not known; write address[:port], tls://host[:port] or https://url`);
  }
}

/** The one way in which a resolver is shown: `192.0.2.53:53`, `[2001:db8::53]:53`, `tls://dns.example`, `https://dns.example/dns-query`. */
export function formatResolver(resolver: ResolverAddress): string {
  switch (resolver.transport) {
    case "dns":
      return `${bracketed(resolver.address)}:${resolver.port}`;
    case "tls":
      return `tls://${bracketed(resolver.host)}${resolver.port === TLS_PORT ? "" : `:${resolver.port}`}`;
    case "https":
      return resolver.url;
  }
}

/** The resolvers this machine is configured with (resolv.conf or the like). Never throws; what can't be understood is left out. */
export function systemResolvers(): ResolverAddress[] {
  return getServers().flatMap((server) => {
    try {
      return [parseResolver(server)];
    } catch {
      return [];
    }
  });
}

function parsePlain(text: string): ResolverAddress {
  if (text === "") throw new Error("the resolver is empty; write an address such as 192.0.2.53 or [2001:db8::53]:53");
  // An IPv4 address with a port is none, and to say so costs Node 4 ms for its expression for IPv6.
  if (!/^[\d.]+:\d+$/.test(text) && isIP(text) !== 0) return { transport: "dns", address: text, port: DNS_PORT };
  const { host, port } = splitPort(text, text, DNS_PORT);
  if (isIP(host) === 0) {
    throw new Error(
      `"${text}" is not a resolver: "${host}" is not an IP address; write an address such as 192.0.2.53 or [2001:db8::53]:53, or tls://host`,
    );
  }
  return { transport: "dns", address: host, port };
}

function parseTls(text: string): ResolverAddress {
  const rest = text.slice("tls://".length).replace(/\/$/, "");
  const { host, port } = isIPv6(rest) ? { host: rest, port: TLS_PORT } : splitPort(rest, text, TLS_PORT);
  if (isIP(host) === 0 && !isHostname(host)) {
    throw new Error(
      `"${text}" is not a resolver: "${host}" is neither a host name nor an IP address; write tls://dns.example or tls://192.0.2.53:853`,
    );
  }
  return { transport: "tls", host, port };
}

function parseHttps(text: string): ResolverAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new Error(`"${text}" is not a resolver: it is not a URL; write https://dns.example/dns-query`);
  if (url.username !== "" || url.password !== "")
    throw new Error("a resolver's URL can't hold a user name or password; write https://dns.example/dns-query");
  url.hash = "";
  // An RFC 8484 template for GET; POST goes to the same URL without the variable.
  const href = url.href.replace(/(?:\{|%7B)\?dns(?:\}|%7D)$/i, "");
  return { transport: "https", url: href };
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
function splitPort(text: string, whole: string, defaultPort: number): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text);
  const bracketedHost = match?.[1];
  const host = bracketedHost ?? match?.[2];
  if (host === undefined || (bracketedHost !== undefined && !isIPv6(bracketedHost))) {
    throw new Error(`"${whole}" is not a resolver: it is not an address; an IPv6 address with a port is written [2001:db8::53]:53`);
  }
  const digits = match?.[3];
  if (digits === undefined) return { host, port: defaultPort };
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535)
    throw new Error(`"${whole}" is not a resolver: "${digits}" is not a port; ports are numbers from 1 to 65535`);
  return { host, port };
}

function isHostname(host: string): boolean {
  return (
    host.length <= 253 &&
    /^(?!.*\.[\d]+\.?$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i.test(host) &&
    !/^\d+$/.test(host)
  );
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
