/** The DNS questions of one check: each is asked once, however many steps want its answer, and kept as a fact. */
import { MAX_ADDRESSES } from "../../views/dns-outcome.ts";
import type { AddressRecord, DnsOutcome, HostFacts, SrvFacts } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import type { Io } from "../../net/io.ts";
import type { Zones } from "./zones.ts";

/** RCODEs about the name, its zone, or who asks. All others (NOTIMP, FORMERR, …) are about what the resolver can do. */
const SAYS_SOMETHING = ["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"];
/** For the nameservers of a zone, asked side by side. */
const DIRECT_MS = 2_000;

export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export class Questions {
  readonly #io: Io;
  readonly #family: 4 | 6 | null;
  readonly #hosts = new Map<string, Promise<HostFacts>>();
  readonly #srv = new Map<string, Promise<SrvFacts>>();
  readonly #zones: Zones | null;

  /** `zones`: whose nameservers are asked what the resolver doesn't want to answer; null: nobody's. */
  constructor(io: Io, family: 4 | 6 | null, zones: Zones | null = null) {
    this.#io = io;
    this.#family = family;
    this.#zones = zones;
  }

  /** Under -4 and -6 the other family is left alone, wherever its addresses come from. */
  wants({ family }: HostAddress): boolean {
    return this.#family === null || this.#family === family;
  }

  /** A and AAAA of a host, side by side. */
  host(host: string): Promise<HostFacts> {
    const key = host.toLowerCase().replace(/\.$/, "");
    const asked = this.#hosts.get(key);
    if (asked !== undefined) return asked;
    const answer = Promise.all([this.#address(key, "A", 4), this.#address(key, "AAAA", 6)]).then(([a, aaaa]) => ({ host: key, a, aaaa }));
    this.#hosts.set(key, answer);
    return answer;
  }

  async #address(host: string, type: "A" | "AAAA", family: 4 | 6): Promise<DnsOutcome<AddressRecord>> {
    if (this.#family !== null && this.#family !== family)
      return { status: "skipped", because: "not-needed", note: `only IPv${this.#family} was asked for` };
    return this.#io.dns.query(host, type, this.#io.signal);
  }

  /** Under -4 or -6, where the host has no address of that family: those of the other one, which stay alone. */
  async leftOut(host: string): Promise<HostAddress[]> {
    if (isIpLiteral(host)) return [withFamily(host)].filter((each) => !this.wants(each));
    const { a, aaaa } = await this.host(host);
    const asked = this.#family === 4 ? a : aaaa;
    if (this.#family === null || asked.status !== "done" || asked.value.rcode !== "NOERROR" || asked.value.records.length > 0) return [];
    const [type, family] = this.#family === 4 ? (["AAAA", 6] as const) : (["A", 4] as const);
    const outcome = await this.#io.dns.query(host, type, this.#io.signal);
    return outcome.status === "done" ? outcome.value.records.slice(0, MAX_ADDRESSES).map(({ address }) => ({ address, family })) : [];
  }

  /** SRV records of `<service>.<base>`. The role is that of the most important asker. */
  async srv(service: string, base: string, role: SrvFacts["role"]): Promise<SrvFacts> {
    const key = `${service}.${base.toLowerCase().replace(/\.$/, "")}`;
    let asked = this.#srv.get(key);
    if (asked === undefined) {
      asked = this.#askSrv(key).then((answer) => ({ service, base, role, ...answer }));
      this.#srv.set(key, asked);
    }
    const facts = await asked;
    if (role === "route") facts.role = "route";
    return facts;
  }

  async #askSrv(name: string): Promise<Pick<SrvFacts, "outcome" | "refusedBy">> {
    const outcome = await this.#io.dns.query(name, "SRV", this.#io.signal);
    if (this.#zones === null || outcome.status !== "done" || SAYS_SOMETHING.includes(outcome.value.rcode)) return { outcome };
    const { resolver, rcode } = outcome.value;
    const zone = await this.#zones.of(name);
    const answers = (zone?.nameservers ?? []).map(({ address, port }) =>
      this.#io.dns.queryAt({ transport: "dns", address, port }, name, "SRV", { recursion: false, timeoutMs: DIRECT_MS }, this.#io.signal),
    );
    const known = (await Promise.all(answers)).find(
      (answer) => answer.status === "done" && answer.value.authoritative === true && ["NOERROR", "NXDOMAIN"].includes(answer.value.rcode),
    );
    return known === undefined ? { outcome } : { outcome: known, refusedBy: { resolver, rcode } };
  }

  /** Everything that was asked, in the order in which it was asked. */
  async all(): Promise<{ hosts: HostFacts[]; srv: SrvFacts[] }> {
    const [hosts, srv] = await Promise.all([Promise.all(this.#hosts.values()), Promise.all(this.#srv.values())]);
    return { hosts, srv };
  }
}

/** The addresses to try. */
export function addressesIn(host: HostFacts): HostAddress[] {
  const of = (outcome: DnsOutcome<AddressRecord>, family: 4 | 6): HostAddress[] =>
    outcome.status === "done" ? outcome.value.records.slice(0, MAX_ADDRESSES).map(({ address }) => ({ address, family })) : [];
  return unique([...of(host.a, 4), ...of(host.aaaa, 6)]);
}

function unique(addresses: readonly HostAddress[]): HostAddress[] {
  return [...new Map(addresses.map((each) => [each.address, each])).values()];
}

/** Where connections to `host:port` go: --connect-to first, an IP literal as it is, else DNS. Null facts: DNS wasn't needed. */
export async function whereIs(
  io: Io,
  questions: Questions,
  host: string,
  port: number,
): Promise<{ addresses: HostAddress[]; port: number; facts: HostFacts | null; overridden: boolean }> {
  const instead = io.connectTo.resolve(host, port);
  if (instead.addresses !== null)
    return {
      addresses: instead.addresses.map(withFamily).filter((each) => questions.wants(each)),
      port: instead.port,
      facts: null,
      overridden: true,
    };
  if (isIpLiteral(host)) {
    const addresses = [withFamily(host)].filter((each) => questions.wants(each));
    return { addresses, port: instead.port, facts: null, overridden: false };
  }
  const facts = await questions.host(host);
  return { addresses: addressesIn(facts), port: instead.port, facts, overridden: false };
}

function withFamily(address: string): HostAddress {
  return { address, family: address.includes(":") ? 6 : 4 };
}
