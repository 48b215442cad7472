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
  /** The zones that said something, and their records. */
  said: Map<ZoneIndex, ZoneRecord[]>;
  /** A record without an answer of its own (ALIAS) led on: if nothing comes of it, only the server knows what it says. */
  unseen: ZoneRecord | null;
  /** The one that has the SRV records of the name that was asked for. */
  wildcard: string | null;
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
      const way: Way = { chain: [], visited: new Set(), said: new Map(), unseen: null, wildcard: null, ms: 0 };
      for (let name = first.text; ;) {
        if (way.visited.has(foldName(name)) || way.chain.length > MAX_CHAIN || way.visited.size > MAX_CHAIN + 1)
          return told(way, { rcode: "NOERROR", loop: true });
        way.visited.add(foldName(name));
        const found = fromFile(name, type);
        if (found === null) {
          const outcome = await dns.query(name, type, signal);
          if (way.unseen !== null && way.unseen.type !== "CNAME" && !hasRecords(outcome)) return unknown(way.unseen);
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
        const spoke = way.said.get(zone) ?? [];
        way.said.delete(zone); // so that the last to speak is the last in order
        way.said.set(zone, spoke);
        if (type === "SRV" && name === first.text && (answer.kind === "records" || answer.kind === "alias")) way.wildcard = answer.wildcard;
        switch (answer.kind) {
          case "records":
            for (const record of answer.records) spoke.push(record);
            return told(way, {
              rcode: "NOERROR",
              records: answer.records.flatMap((record) => wireRecord(zone, record)) as RecordsByType[typeof type][],
            });
          case "alias":
            spoke.push(answer.via);
            if (answer.seen) way.chain.push({ name, target: answer.target, ttl: ttlOf(zone, answer.via) });
            else way.unseen = answer.via;
            name = answer.target;
            continue;
          case "unknown":
            return unknown(answer.via);
          case "nodata":
          case "nxdomain":
            if (way.unseen !== null && way.unseen.type !== "CNAME") return unknown(way.unseen);
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

function hasRecords(outcome: DnsOutcome<unknown>): boolean {
  return outcome.status !== "done" || outcome.value.records.length > 0;
}

/** Not that there is no record: what there is, only the zone's server knows. */
function unknown(via: ZoneRecord): Extract<DnsOutcome<never>, { status: "untested" }> {
  const type = via.type === "OTHER" ? via.data.mnemonic : via.type;
  return { status: "untested", because: "zone-file", note: `${type} record in line ${via.line}` };
}

/** Of several files the one that said the last word. */
function fileOf({ said, wildcard }: Way): Pick<DnsAnswer<unknown>, "file"> {
  const [last] = [...said].slice(-1);
  if (last === undefined) return {};
  const [{ zone }, records] = last;
  // Of included files the one where the last record stands.
  const name = records.at(-1)?.file ?? zone.file;
  const lines = records.filter((record) => (record.file ?? zone.file) === name).map(({ line }) => line);
  const isProxied = [...said.values()].some((each) => each.some(({ proxied }) => proxied === true));
  return {
    file: {
      name,
      lines: [...new Set(lines)].toSorted((a, b) => a - b),
      ...(isProxied && { proxied: true }),
      ...(wildcard !== null && { wildcard }),
    },
  };
}

/** Cloudflare writes 1 for "automatic", which is 300 s in its answers. */
function ttlOf({ zone }: ZoneIndex, { ttl }: ZoneRecord): number {
  return zone.cloudflare && ttl === 1 ? 300 : ttl;
}

/** As the same record comes from the network. */
function wireRecord(zone: ZoneIndex, record: ZoneRecord): RecordsByType[keyof RecordsByType][] {
  const ttl = ttlOf(zone, record);
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
