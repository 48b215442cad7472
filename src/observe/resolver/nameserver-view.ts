/**
 * DNS as the nameservers of the zones have it, without a resolver between: what is published but not yet by all of them isn't there. The
 * configured resolvers are asked only for what exists already (the NS records of registered domains, the addresses of nameservers), so that
 * they don't hear of a name before it exists: that it doesn't would be kept for as long as the zone's SOA says (RFC 2308, 5).
 */
import { parse } from "../../facts/public-suffix-list.ts";
import type { CnameLink, DnsAnswer, DnsOutcome } from "../../facts/facts.ts";
import { leastTtl, MAX_CHAIN } from "../../net/dns/answer.ts";
import { onAbort } from "../../net/abort.ts";
import type { ResolverAddress } from "../../net/dns/resolver-address.ts";
import type { ConnectTo, DnsClient, QueryAtOptions, RecordsByType } from "../../net/io.ts";
import { isBeyondReach } from "../../net/routes.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import { counts, type Direct, DirectQuestions } from "./direct-questions.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { ancestorsOf, DNS_PORT, MAX_NAMESERVERS } from "./zones.ts";

type Type = keyof RecordsByType;

interface ServedZone {
  apex: string;
  servers: ResolverAddress[];
}

export class NameserverView implements DnsClient {
  readonly #dns: DnsClient;
  readonly #connectTo: ConnectTo;
  readonly #family: 4 | 6 | null;
  readonly #allowPrivate: boolean;
  readonly #direct: DirectQuestions;
  #signal: AbortSignal = AbortSignal.abort();
  /** By apex, and by name of the nameserver. */
  #zones = new Map<string, Promise<ServedZone>>();
  #addresses = new Map<string, Promise<ResolverAddress[]>>();
  /** What was asked of one server by itself, and answered from what had been asked for all. */
  #given = new Set<string>();
  #seen = false;
  #unseen = new Set<string>();
  /** Zones that have been seen in any run: when their nameservers fall silent, it's still not the resolver's turn. */
  readonly #everSeen = new Set<string>();

  /** `dns`: the configured resolvers. Private nameservers are left alone unless private addresses are allowed. */
  constructor(dns: DnsClient, connectTo: ConnectTo, settings: { family: 4 | 6 | null; allowPrivate: boolean }) {
    this.#dns = dns;
    this.#connectTo = connectTo;
    this.#family = settings.family;
    this.#allowPrivate = settings.allowPrivate;
    this.#direct = new DirectQuestions(dns);
  }

  /** A new run: everything is asked anew, until the signal ends. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
    this.#direct.begin(signal);
    this.#zones = new Map();
    this.#addresses = new Map();
    this.#given = new Set();
    this.#seen = false;
    this.#unseen = new Set();
  }

  /** True as soon as a nameserver answers otherwise than it did in this run, false when the signal ends. */
  changed(signal: AbortSignal): Promise<boolean> {
    return this.#direct.changed(signal);
  }

  /** Only changes of these questions count from now on, `name type` each; all when none of them was asked. Spares the nameservers. */
  narrow(questions: Iterable<string>): void {
    this.#direct.narrow(questions);
  }

  /** In this run a nameserver answered for its zone. */
  get seen(): boolean {
    return this.#seen;
  }

  /**
   * Registered domains, zones below them, and names that are in none, of which no nameserver could be asked in this run: the resolver was.
   */
  get unseen(): readonly string[] {
    return [...this.#unseen].toSorted();
  }

  async query<T extends Type>(name: string, type: T, signal: AbortSignal): Promise<DnsOutcome<RecordsByType[T]>> {
    const began = performance.now();
    const chain: CnameLink[] = [];
    const visited = new Set<string>();
    for (let at = name; ;) {
      visited.add(folded(at));
      const outcome = await unlessAborted(this.#atZone(at, type), signal);
      if (outcome === "aborted") return { status: "untested", because: "deadline" };
      if (outcome === null) return joined(chain, await this.#dns.query(at, type, signal));
      if (outcome.status !== "done") return outcome;
      const { delegation: _, authoritative: __, ...answer } = outcome.value;
      const alias = answer.chain[0];
      const next = alias === undefined || type === "CNAME" ? null : alias.target;
      if (alias !== undefined && next !== null) chain.push(alias);
      const loop = next !== null && (visited.has(folded(next)) || chain.length > MAX_CHAIN);
      if (next !== null && !loop) {
        at = next;
        continue;
      }
      const records = loop ? [] : answer.records;
      return {
        status: "done",
        value: { ...answer, authenticated: false, chain, loop, records, ttl: leastTtl(chain, records) },
        ms: Math.round(performance.now() - began),
      };
    }
  }

  async queryAt<T extends Type>(
    server: ResolverAddress,
    name: string,
    type: T,
    options: QueryAtOptions,
    signal: AbortSignal,
  ): Promise<Direct<T>> {
    if (options.recursion) return this.#dns.queryAt(server, name, type, options, signal);
    // Who asks the same once more wants to know whether the answer changes.
    const key = JSON.stringify([server, folded(name), type]);
    const outcome = await unlessAborted(this.#direct.ask(server, name, type, this.#given.has(key)), signal);
    this.#given.add(key);
    return outcome === "aborted" ? { status: "untested", because: "deadline" } : outcome;
  }

  /**
   * What the nameservers of the name's zone say, from the top of the registered domain down (RFC 1034, 5.3.3); null when none can be asked.
   */
  async #atZone<T extends Type>(name: string, type: T): Promise<Direct<T> | null> {
    const { domain, isIcann } = parse(name, { extractHostname: false, validateHostname: false });
    if (domain === null || isIcann !== true) {
      // A public suffix itself is nothing that somebody is about to publish.
      if (isIcann !== true) this.#unseen.add(folded(domain ?? name));
      return null;
    }
    let zone = await this.#zone(folded(domain), () => this.#registered(folded(domain)));
    for (;;) {
      const { apex, servers } = zone;
      const below = ancestorsOf(name)
        .filter((each) => each.length > apex.length)
        .toReversed();
      const [answers, ...cuts] = await Promise.all([
        this.#askAll(servers, name, type),
        ...below.map((each) => this.#askAll(servers, each, "NS")),
      ]);
      const cut = below.findIndex((each, index) => nameserversIn(each, cuts[index] ?? []).length > 0);
      const child = below[cut];
      if (child === undefined) {
        const isSeen = answers.some((outcome) => counts(outcome)) || cuts.some((outcomes) => outcomes.some((outcome) => counts(outcome)));
        if (!isSeen && !this.#everSeen.has(apex)) {
          this.#unseen.add(apex);
          return null;
        }
        this.#seen ||= isSeen;
        this.#everSeen.add(apex);
        this.#direct.watch(servers, name, type);
        return whatHolds(answers);
      }
      zone = await this.#zone(child, async () => ({
        apex: child,
        servers: await this.#serversNamed(nameserversIn(child, cuts[cut] ?? [])),
      }));
    }
  }

  #zone(apex: string, find: () => Promise<ServedZone>): Promise<ServedZone> {
    let zone = this.#zones.get(apex);
    if (zone === undefined) this.#zones.set(apex, (zone = find()));
    return zone;
  }

  async #registered(domain: string): Promise<ServedZone> {
    const outcome = await this.#dns.query(domain, "NS", this.#signal);
    const names =
      outcome.status === "done" && outcome.value.chain.length === 0 ? outcome.value.records.map((record) => folded(record.name)) : [];
    return { apex: domain, servers: await this.#serversNamed(names) };
  }

  async #serversNamed(names: readonly string[]): Promise<ResolverAddress[]> {
    const servers = await Promise.all(
      [...new Set(names)]
        .toSorted()
        .slice(0, MAX_NAMESERVERS)
        .map((name) => this.#addressesOf(name)),
    );
    return servers.flat();
  }

  #addressesOf(nameserver: string): Promise<ResolverAddress[]> {
    let found = this.#addresses.get(nameserver);
    if (found === undefined) this.#addresses.set(nameserver, (found = this.#findAddresses(nameserver)));
    return found;
  }

  /**
   * One address: of the two families of a server the second isn't asked for when the first will do. That it doesn't exist may be all that a
   * resolver learns of it.
   */
  async #findAddresses(nameserver: string): Promise<ResolverAddress[]> {
    const { addresses, port } = this.#connectTo.resolve(nameserver, DNS_PORT);
    if (addresses !== null) return addresses.map((address) => ({ transport: "dns", address, port }));
    if (isIpLiteral(nameserver)) return [];
    for (const type of ["A", "AAAA"] as const) {
      if (this.#family !== null && this.#family !== (type === "A" ? 4 : 6)) continue;
      const outcome = await this.#dns.query(nameserver, type, this.#signal);
      const address = outcome.status === "done" ? outcome.value.records[0]?.address : undefined;
      if (address !== undefined && (this.#allowPrivate || isPublicAddress(address)) && !(await isBeyondReach(address)))
        return [{ transport: "dns", address, port }];
    }
    return [];
  }

  #askAll<T extends Type>(servers: readonly ResolverAddress[], name: string, type: T): Promise<Direct<T>[]> {
    return Promise.all(servers.map((at) => this.#direct.ask(at, name, type)));
  }
}

/**
 * Of several answers the one that lacks something: as long as one nameserver lacks a record, some resolver will hear that there is none.
 */
function whatHolds<T extends Type>(outcomes: readonly Direct<T>[]): Direct<T> {
  const answers = outcomes.filter((outcome) => counts(outcome));
  return (
    answers.find(({ value }) => value.records.length === 0 && value.chain.length === 0) ??
    answers[0] ??
    outcomes.find(({ status }) => status === "done") ??
    outcomes[0] ?? { status: "untested", because: "resolver" }
  );
}

/** The nameservers of the zone that begins at this name; none when no zone does. */
function nameserversIn(name: string, outcomes: readonly Direct<"NS">[]): string[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status !== "done") return [];
    const { delegation, records, chain } = outcome.value;
    if (counts(outcome) && chain.length === 0) return records.map((record) => folded(record.name));
    return delegation?.zone === name ? delegation.nameservers.map(folded) : [];
  });
}

/** What the resolver said of where the aliases led. */
function joined<R extends { ttl: number }>(before: readonly CnameLink[], outcome: DnsOutcome<R>): DnsOutcome<R> {
  if (before.length === 0 || outcome.status !== "done") return outcome;
  const chain = [...before, ...outcome.value.chain];
  const loop = outcome.value.loop || chain.length > MAX_CHAIN;
  const records = loop ? [] : outcome.value.records;
  const value: DnsAnswer<R> = { ...outcome.value, authenticated: false, chain, loop, records, ttl: leastTtl(chain, records) };
  return { ...outcome, value };
}

function folded(name: string): string {
  return name.toLowerCase().replace(/(?<!\\)\.$/, "");
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | "aborted"> {
  if (signal.aborted) return "aborted";
  let stop = (): void => {};
  try {
    return await Promise.race([work, new Promise<"aborted">((resolve) => (stop = onAbort(signal, () => resolve("aborted"))))]);
  } finally {
    stop();
  }
}
