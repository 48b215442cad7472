/**
 * `--zone-file`: names inside the zones are answered from their files and never asked of the network; everything else is.
 * What a zone's file delegates to others (NS records below its own name) is everything else.
 */
import { SocketAddress } from "node:net";
import type { CnameLink, DnsAnswer, DnsOutcome } from "../facts/facts.ts";
import { indexZone, lookUp, type ZoneAnswer, type ZoneIndex } from "../zone/lookup.ts";
import { parentOf } from "../zone/names.ts";
import { ZoneFileError, type Zone, type ZoneRecord } from "../zone/zone.ts";
import { leastTtl, MAX_CHAIN } from "./dns/answer.ts";
import { type DomainName, foldName, parseName } from "../facts/domain-name.ts";
import type { DnsClient, RecordsByType } from "./io.ts";

/** What has been found so far, on the way of CNAMEs from file to file and out to the network. */
interface Way {
  chain: CnameLink[];
  /** Folded names that were asked for. */
  visited: Set<string>;
  /** The zones that said something, and the lines of their records. */
  said: Map<ZoneIndex, number[]>;
  ms: number;
}

/**
 * A client that answers from the zones what is in them; of nested zones the innermost counts. Answers from a file are those of the zone's
 * own server and have `transport: "file"`; an alias that leads out of the zone is followed by the wrapped client, and one that leads back
 * by the file.
 * @throws ZoneFileError when a zone has too many names, or comes twice
 */
export function withZones(dns: DnsClient, zones: readonly Zone[]): DnsClient {
  const byOrigin = new Map<string, ZoneIndex>();
  for (const zone of zones) {
    const index = indexZone(zone);
    const other = byOrigin.get(index.origin);
    if (other !== undefined)
      throw new ZoneFileError(
        zone.file,
        0,
        `this is the zone ${zone.origin}, which ${other.zone.file} is, too: give one file for each zone`,
      );
    byOrigin.set(index.origin, index);
  }

  function zoneOf(name: string): ZoneIndex | null {
    for (let at: string | null = foldName(name); at !== null; at = parentOf(at)) {
      const zone = byOrigin.get(at);
      if (zone !== undefined) return zone;
    }
    return null;
  }

  /** What a file says; null when it is for the network to say. */
  function fromFile(
    name: string,
    type: keyof RecordsByType,
  ): { zone: ZoneIndex; answer: Exclude<ZoneAnswer, { kind: "delegated" }> } | null {
    const zone = zoneOf(name);
    if (zone === null) return null;
    const answer = lookUp(zone, name, type);
    return answer.kind === "delegated" ? null : { zone, answer };
  }

  return {
    // Whoever asks one server wants to know what that server says.
    queryAt: (...question) => dns.queryAt(...question),
    async query(asked, type, signal) {
      let first: DomainName;
      try {
        first = parseName(asked);
      } catch {
        // The wrapped client says what is wrong with it.
        return dns.query(asked, type, signal);
      }
      const way: Way = { chain: [], visited: new Set(), said: new Map(), ms: 0 };
      for (let name = first.text; ;) {
        if (way.visited.has(foldName(name)) || way.chain.length > MAX_CHAIN || way.visited.size > MAX_CHAIN + 1)
          return told(way, { rcode: "NOERROR", loop: true });
        way.visited.add(foldName(name));
        const found = fromFile(name, type);
        if (found === null) {
          const outcome = await dns.query(name, type, signal);
          const back = outcome.status === "done" ? outcome.value.chain.findIndex(({ target }) => fromFile(target, type) !== null) : -1;
          if (outcome.status !== "done" || back === -1) return joined(way, outcome);
          // The network's view of names inside a zone is the old one.
          const links = outcome.value.chain.slice(0, back + 1);
          way.chain.push(...links);
          way.ms += outcome.ms;
          name = links.at(-1)?.target ?? name;
          continue;
        }
        const { zone, answer } = found;
        const lines = way.said.get(zone) ?? [];
        way.said.delete(zone); // so that the last to speak is the last in order
        way.said.set(zone, lines);
        switch (answer.kind) {
          case "records":
            for (const { line } of answer.records) lines.push(line);
            return told(way, { rcode: "NOERROR", records: answer.records.flatMap(wireRecord) as RecordsByType[typeof type][] });
          case "alias":
            lines.push(answer.via.line);
            if (answer.seen) way.chain.push({ name, target: answer.target, ttl: answer.via.ttl });
            name = answer.target;
            continue;
          case "nodata":
          case "nxdomain":
            return told(way, { rcode: answer.kind === "nodata" ? "NOERROR" : "NXDOMAIN", negative: zone });
          case "too-long":
            return told(way, { rcode: "YXDOMAIN" });
        }
      }
    },
  };
}

/** An answer that ends in a file. */
function told<R extends { ttl: number }>(
  way: Way,
  end: { rcode: string; records?: R[]; loop?: boolean; negative?: ZoneIndex },
): DnsOutcome<R> {
  const { rcode, records = [], loop = false, negative } = end;
  const soa = negative?.soa ?? null;
  const [zone] = [...way.said.keys()].slice(-1);
  const value: DnsAnswer<R> = {
    rcode,
    resolver: `zone file ${zone?.zone.file ?? ""}`,
    transport: "file",
    authenticated: false,
    chain: way.chain,
    loop,
    records,
    ttl: leastTtl(way.chain, records),
    // RFC 2308, 5.
    negativeTtl: soa === null ? null : Math.min(soa.ttl, soa.data.minimum),
    extendedErrors: [],
    checkingDisabled: null,
    ...fileOf(way),
  };
  return { status: "done", value, ms: way.ms };
}

/** What the network said, with what led there. */
function joined<R extends { ttl: number }>(way: Way, outcome: DnsOutcome<R>): DnsOutcome<R> {
  if (way.said.size === 0 && way.chain.length === 0) return outcome;
  if (outcome.status !== "done") return outcome;
  const { value, ms } = outcome;
  const chain = [...way.chain, ...value.chain];
  const loop = value.loop || chain.length > MAX_CHAIN;
  const records = loop ? [] : value.records;
  return {
    status: "done",
    value: { ...value, authenticated: false, chain, loop, records, ttl: leastTtl(chain, records), ...fileOf(way) },
    ms: ms + way.ms,
  };
}

/** Of several files the one that said the last word. */
function fileOf({ said }: Way): Pick<DnsAnswer<unknown>, "file"> {
  const [last] = [...said].slice(-1);
  if (last === undefined) return {};
  const [{ zone }, lines] = last;
  return { file: { name: zone.file, lines: [...new Set(lines)].toSorted((a, b) => a - b) } };
}

/** As the same record comes from the network. */
function wireRecord(record: ZoneRecord): RecordsByType[keyof RecordsByType][] {
  const { ttl } = record;
  switch (record.type) {
    case "A":
      return [{ address: record.data.address, ttl }];
    case "AAAA":
      return [{ address: new SocketAddress({ address: record.data.address, family: "ipv6" }).address, ttl }];
    case "SRV":
      return [{ ...record.data, ttl }];
    case "SOA":
      return [{ serial: record.data.serial, minimum: record.data.minimum, ttl }];
    case "CNAME":
    case "NS":
      return [{ name: record.data.target, ttl }];
    default:
      return [];
  }
}
