/** Which zone a name is in, and where that zone's nameservers are: by the NS records that the resolver gives (RFC 1034, 4.2.1). */
import type { DnsOutcome } from "../../facts/facts.ts";
import type { Io, NameRecord } from "../../net/io.ts";
import { isPublicAddress } from "../../facts/public-address.ts";
import { isIpLiteral } from "../../facts/address.ts";

/** Hostile names have a hundred labels; zones are cut near the name. */
const MAX_ANCESTORS = 8;
export const MAX_NAMESERVERS = 8;
export const DNS_PORT = 53;

export interface Nameserver {
  /** Lower case, without a final dot. */
  name: string;
  address: string;
  port: number;
}

export interface Zone {
  apex: string;
  nameservers: Nameserver[];
  /** Names of nameservers that have no address. */
  withoutAddress: string[];
}

/** Remembers what it asked: most names of a check are in one zone. */
export class Zones {
  readonly #io: Io;
  readonly #family: 4 | 6 | null;
  readonly #allowPrivate: boolean;
  readonly #signal: AbortSignal;
  readonly #nsAt = new Map<string, Promise<DnsOutcome<NameRecord>>>();
  readonly #addresses = new Map<string, Promise<Nameserver[] | null>>();
  readonly #zones = new Map<string, Promise<Zone>>();

  /**
   * Private nameservers are left alone unless private addresses are allowed: whoever publishes NS records could point at somebody's inner
   * network.
   */
  constructor(io: Io, settings: { family: 4 | 6 | null; allowPrivate: boolean }, signal: AbortSignal) {
    this.#io = io;
    this.#family = settings.family;
    this.#allowPrivate = settings.allowPrivate;
    this.#signal = signal;
  }

  /** Asks ahead for what `of` will need. */
  prepare(name: string): void {
    for (const ancestor of ancestorsOf(name)) void this.#ns(ancestor);
  }

  /** The zone at the name or its nearest ancestor; null when the resolver knows of none. A top-level domain's is not looked at. */
  async of(name: string): Promise<Zone | null> {
    this.prepare(name);
    for (const apex of ancestorsOf(name)) {
      const outcome = await this.#ns(apex);
      // NS records at the end of an alias are another zone's.
      if (outcome.status !== "done" || outcome.value.chain.length > 0 || outcome.value.records.length === 0) continue;
      const names = [...new Set(outcome.value.records.map((record) => record.name.toLowerCase()))].toSorted().slice(0, MAX_NAMESERVERS);
      let zone = this.#zones.get(apex);
      if (zone === undefined) this.#zones.set(apex, (zone = this.#locate(apex, names)));
      return zone;
    }
    return null;
  }

  async #locate(apex: string, names: readonly string[]): Promise<Zone> {
    const located = await Promise.all(names.map(async (name) => ({ name, at: await this.#addressesOf(name) })));
    return {
      apex,
      nameservers: located.flatMap(({ at }) => at ?? []),
      withoutAddress: located.filter(({ at }) => at === null).map(({ name }) => name),
    };
  }

  #ns(name: string): Promise<DnsOutcome<NameRecord>> {
    let asked = this.#nsAt.get(name);
    if (asked === undefined) this.#nsAt.set(name, (asked = this.#io.dns.query(name, "NS", this.#signal)));
    return asked;
  }

  #addressesOf(name: string): Promise<Nameserver[] | null> {
    let asked = this.#addresses.get(name);
    if (asked === undefined) this.#addresses.set(name, (asked = this.#askAddresses(name)));
    return asked;
  }

  /** One address of each family: the same server. Null: the name has none. */
  async #askAddresses(name: string): Promise<Nameserver[] | null> {
    const instead = this.#io.connectTo.resolve(name, DNS_PORT);
    if (instead.addresses !== null) return instead.addresses.map((address) => ({ name, address, port: instead.port }));
    if (isIpLiteral(name)) return null;
    const types = (["A", "AAAA"] as const).filter((type) => this.#family === null || this.#family === (type === "A" ? 4 : 6));
    const outcomes = await Promise.all(types.map((type) => this.#io.dns.query(name, type, this.#signal)));
    const known = outcomes.map((outcome) =>
      outcome.status === "done" && ["NOERROR", "NXDOMAIN"].includes(outcome.value.rcode) ? outcome.value.records : null,
    );
    const first = known.flatMap((records) => records?.slice(0, 1) ?? []);
    if (first.length === 0 && this.#family === null && !known.includes(null)) return null;
    return first
      .filter(({ address }) => this.#allowPrivate || isPublicAddress(address))
      .map(({ address }) => ({ name, address, port: instead.port }));
  }
}

/** The name and what it is below, the longest first, without the top-level domain; at most 8. Folded. */
export function ancestorsOf(name: string): string[] {
  const ancestors: string[] = [];
  // Escaped dots (`a\.b`) don't separate labels.
  const labels =
    name
      .toLowerCase()
      .replace(/\.$/, "")
      .match(/(?:\\.|[^.\\])+/g) ?? [];
  for (let at = 0; at < labels.length - 1 && ancestors.length < MAX_ANCESTORS; at++) ancestors.push(labels.slice(at).join("."));
  return ancestors;
}
