/** Zone-file lines and typing mistakes, for the fixes of faults in DNS. */
import type { Facts, HostFacts, TargetFacts } from "../facts/facts.ts";
import { dnsOutcomes } from "../views/dns-outcome.ts";
import { aliasEnd } from "../views/hosts.ts";
import { done } from "../views/outcome.ts";

/** What stands for an address that isn't known (RFC 5737, RFC 3849): the reader is told to replace it. */
export const EXAMPLE_ADDRESSES = { A: "192.0.2.1", AAAA: "2001:db8::1" } as const;

/** One line of a zone file, owner and target with their final dots. */
export function addressLine(host: string, type: "A" | "AAAA" = "A", address: string = EXAMPLE_ADDRESSES[type]): string {
  return `${host}.  IN ${type.padEnd(4)}  ${address}`;
}

/**
 * How an alias that leads nowhere gets an address; null for a host that is none. Beside a CNAME no other record may stand (RFC 1034,
 * 3.6.2). `address`: which one.
 */
export function replaceAlias(host: HostFacts, address: string): string | null {
  if (aliasEnd(host) === null) return null;
  return `Replace the CNAME at ${host.host} with an address record (replace ${EXAMPLE_ADDRESSES.A} with ${address}):\n${addressLine(host.host)}`;
}

/** The name that was meant where an alias leads nowhere, because its own final dot is missing; with the alias as it should be. */
export function correctAlias(host: HostFacts): { meant: string; line: string } | null {
  const end = aliasEnd(host);
  const meant = end === null ? null : withoutDoubledZone(end);
  return meant === null ? null : { meant, line: `${host.host}.  IN CNAME  ${meant}.` };
}

export function srvLine(
  service: string,
  base: string,
  target: string,
  port: number,
  { priority, weight }: { priority: number; weight: number } = { priority: 10, weight: 0 },
): string {
  return `${service}.${base}.  IN SRV  ${priority} ${weight} ${port} ${target}.`;
}

/** The SRV records of the route as they should be, one a line: those of these targets and no others. */
export function srvLines(base: string, targets: readonly TargetFacts[]): string {
  return targets.flatMap(({ host, port, srv }) => (srv === undefined ? [] : [srvLine(srv.service, base, host, port, srv)])).join("\n");
}

/** The zone's nameservers answer, and the resolver doesn't. */
export function otherResolver(facts: Facts): string {
  const isAsked = dnsOutcomes(facts).some((outcome) => done(outcome)?.resolver.includes("9.9.9.9") === true);
  return `Use another resolver, or clear the cache of this one and restart it. See whether another one gives the answer:\nnpx matrix-delegation-check --dns-server ${isAsked ? "1.1.1.1" : "9.9.9.9"} ${facts.serverName}\n\nIf no resolver gives it, look at what resolvers check and this tool doesn't: the zone's DNSSEC signatures, and the DS and NS records at the registrar.`;
}

/** `host.example.com.example.com`: the zone's name was appended because the final dot is missing. Gives the name that was meant. */
export function withoutDoubledZone(host: string): string | null {
  const labels = host.split(".");
  for (let size = Math.floor(labels.length / 2); size >= 2; size--) {
    const zone = labels.slice(-size).join(".");
    if (labels.slice(-2 * size, -size).join(".") === zone) return labels.slice(0, -size).join(".");
  }
  return null;
}

/** The last labels of `host` look like `name` with one or two letters wrong. Gives the host that was probably meant. */
export function withoutTypo(host: string, name: string): string | null {
  const size = name.split(".").length;
  const labels = host.split(".");
  const end = labels.slice(-size).join(".");
  if (end === name || labels.length < size) return null;
  return distance(end, name) <= 2 ? [...labels.slice(0, -size), name].join(".") : null;
}

/** Edit distance with transpositions (optimal string alignment); names are at most 255 characters. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number): number => (r === i ? row : rows[r])?.[c] ?? Infinity;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? Infinity;
}
