/**
 * The authoritative view: what each nameserver of the zones that the route depends on says by itself, asked directly and without recursion.
 * Runs beside the check, never before it, and waits for the silent only for a moment after everything else is done.
 */
import { randomBytes } from "node:crypto";
import type {
  AddressRecord,
  AuthoritativeFacts,
  DnsOutcome,
  JudgeSettings,
  NameserverFacts,
  Outcome,
  RecordSet,
  ResolverFacts,
  SetAnswer,
  SetType,
  SrvRecord,
  ZoneFacts,
} from "../../facts/facts.ts";
import { ENDED_REASON } from "../../net/abort.ts";
import { startDeadline } from "../../net/deadline.ts";
import { formatResolver, type ResolverAddress } from "../../net/dns/resolver-address.ts";
import { createGate } from "../../net/gate.ts";
import type { Io } from "../../net/io.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { mapOutcome } from "../../views/outcome.ts";
import { endOf, isConclusive, sameRecords, setAt } from "../../views/record-set.ts";
import { type Questions } from "./questions.ts";
import { type Nameserver, type Zone, Zones } from "./zones.ts";

/** Names in all, aliases included. */
export const MAX_NAMES = 24;
const AT_ONCE = 48;
/** For one question to one nameserver with all its tries. */
const QUERY_MS = 2_000;
/** How long the report waits when everything else is done: for nameservers of which others answered, and when nothing has answered yet. */
const PATIENCE_MS = 2_200;
const SILENCE_MS = 500;
/** Answers that are balanced by DNS differ from one moment to the next; so often it is asked again. */
const ROUNDS = 3;

interface AskedZone {
  facts: ZoneFacts;
  /** By address, as in `facts`. */
  servers: { at: ResolverAddress; facts: NameserverFacts }[];
}

type Answered = { name: string; outcome: DnsOutcome<AddressRecord | SrvRecord> };

/** What came of it; only what there is something to say about. */
export interface DirectView {
  authoritative: Outcome<AuthoritativeFacts>;
  resolvers?: ResolverFacts[];
}

/** Begins when a name is given to it, and ends with `finish`, which must be called. Nothing here rejects. */
export class Authoritative {
  readonly #io: Io;
  readonly #questions: Questions;
  readonly #enabled: boolean;
  readonly #zones: Zones;
  readonly #end = new AbortController();
  readonly #began = performance.now();
  readonly #gate = createGate(AT_ONCE);
  readonly #names = new Set<string>();
  readonly #hosts = new Set<string>();
  readonly #asked = new Map<string, Promise<AskedZone>>();
  readonly #work: Promise<unknown>[] = [];
  readonly #besides: AuthoritativeFacts["besides"] = [];
  readonly #resolvers: ResolverFacts[];
  readonly #stop: () => void;
  #heard = false;

  constructor(io: Io, questions: Questions, settings: JudgeSettings) {
    this.#io = io;
    this.#questions = questions;
    this.#enabled = settings.authoritative !== false;
    this.#resolvers = (io.comparedResolvers ?? []).map((address) => ({
      resolver: (io.resolverName ?? formatResolver)(address),
      answers: [],
      bogus: [],
    }));
    const abort = (): void => this.#end.abort();
    io.signal.addEventListener("abort", abort, { once: true });
    if (io.signal.aborted) abort();
    this.#stop = () => io.signal.removeEventListener("abort", abort);
    this.#zones = new Zones(io, settings, this.#end.signal);
  }

  /**
   * A host whose addresses the route depends on at this port. Nothing is asked where the answer comes from a
   * file or --connect-to gives the address.
   */
  host(host: string, port: number): void {
    if (isIpLiteral(host) || this.#io.connectTo.resolve(host, port).addresses !== null) return;
    const name = host.toLowerCase().replace(/\.$/, "");
    if (this.#hosts.has(name) || this.#hosts.size >= MAX_NAMES) return;
    this.#hosts.add(name);
    if (this.#enabled) this.#zones.prepare(name);
    this.#work.push(
      this.#questions.host(name).then(async ({ a, aaaa }) => {
        if ([a, aaaa].some(isFromFile)) return;
        const each = (
          [
            ["A", a],
            ["AAAA", aaaa],
          ] as const
        ).filter(([, outcome]) => outcome.status !== "skipped");
        await Promise.all(each.map(([type, outcome]) => this.#question(type, { name, outcome })));
      }),
    );
  }

  /** An SRV question that the route depends on. */
  srv(service: string, base: string): void {
    const name = `${service}.${base}`.toLowerCase();
    if (this.#enabled) this.#zones.prepare(name);
    this.#work.push(
      this.#questions.srv(service, base, "route").then(async ({ outcome }) => {
        if (isFromFile(outcome)) return;
        await this.#question("SRV", { name, outcome });
        if (outcome.status === "done" && outcome.value.records.length > 0 && this.#enabled) await this.#beside(name);
      }),
    );
  }

  /** The hosts that were given. */
  get hosts(): readonly string[] {
    return [...this.#hosts];
  }

  /** Call it when everything else of the check is done. */
  async finish(): Promise<DirectView> {
    const all = this.#allWork();
    if (!(await endsWithin(all, SILENCE_MS)) && this.#heard) await endsWithin(all, PATIENCE_MS - SILENCE_MS);
    const isOver = this.#io.signal.aborted;
    this.#end.abort(ENDED_REASON);
    await all;
    this.#stop();
    const resolvers = this.#resolvers.filter(({ answers }) => answers.length > 0);
    return { authoritative: await this.#outcome(isOver), ...(resolvers.length > 0 ? { resolvers } : {}) };
  }

  /** Work brings more work. */
  async #allWork(): Promise<void> {
    for (let known = -1; known !== this.#work.length;) {
      known = this.#work.length;
      await Promise.all(this.#work);
    }
  }

  async #outcome(isOver: boolean): Promise<Outcome<AuthoritativeFacts>> {
    if (!this.#enabled) return { status: "skipped", because: "not-needed", note: "--no-authoritative was given" };
    if (this.#work.length === 0) return { status: "skipped", because: "not-needed", note: "the route depends on no name in DNS" };
    const zones = (await Promise.all(this.#asked.values())).map(({ facts }) => facts);
    const outcomes = zones.flatMap(({ nameservers }) =>
      nameservers.flatMap(({ soa, answers }) => [soa, ...answers.map(({ outcome }) => outcome)]),
    );
    if (outcomes.length === 0) return { status: "untested", because: isOver ? "deadline" : "resolver" };
    if (outcomes.every((outcome) => outcome.status === "untested" && outcome.because === "policy-address"))
      return { status: "untested", because: "policy-address" };
    if (!outcomes.some(({ status }) => status === "done")) return { status: "untested", because: isOver ? "deadline" : "no-route" };
    return { status: "done", value: { zones, besides: this.#besides }, ms: Math.round(performance.now() - this.#began) };
  }

  /** One question of the route: to every resolver that is compared, and to the nameservers of every name on its way. */
  async #question(type: SetType, { name, outcome }: Answered): Promise<void> {
    const compared = (this.#io.comparedResolvers ?? []).map(async (address, index) => {
      const said = await this.#io.dns.queryAt(address, name, type, { recursion: true, timeoutMs: QUERY_MS }, this.#end.signal);
      const facts = this.#resolvers[index];
      facts?.answers.push({ name, type, outcome: mapOutcome(said, endOf) });
      if (said.status === "done" && ["NOERROR", "NXDOMAIN"].includes(said.value.checkingDisabled?.rcode ?? ""))
        facts?.bogus.push(`${name} ${type}`);
    });
    const names = [name, ...(outcome.status === "done" ? outcome.value.chain.map(({ target }) => target.toLowerCase()) : [])];
    const direct = this.#enabled ? [...new Set(names)].map((each) => this.#atNameservers(each, type, { name, outcome })) : [];
    await Promise.all([...compared, ...direct]);
  }

  async #atNameservers(name: string, type: SetType, resolved: Answered): Promise<void> {
    if (!this.#names.has(name) && this.#names.size >= MAX_NAMES) return;
    this.#names.add(name);
    const zone = await this.#zoneOf(name);
    // Two hosts may lead to the same alias.
    if (zone === null || zone.servers.some(({ facts }) => facts.answers.some((answer) => answer.name === name && answer.type === type)))
      return;
    const answers = zone.servers.map(({ at, facts }): { at: ResolverAddress; answer: SetAnswer } => {
      const answer: SetAnswer = { name, type, outcome: { status: "untested", because: "deadline" } };
      facts.answers.push(answer);
      return { at, answer };
    });
    await Promise.all(
      answers.map(async ({ at, answer }) => {
        answer.outcome = await this.#ask(at, name, type);
      }),
    );
    if (type === "SRV") return;
    const seen = resolved.outcome.status === "done" ? setAt(name, resolved.name, resolved.outcome.value) : null;
    if (await this.#changes(name, type, answers, seen)) zone.facts.changing.push(`${name} ${type}`);
  }

  /** Only when not all say the same: does one of them say something else when asked again? */
  async #changes(
    name: string,
    type: SetType,
    answers: readonly { at: ResolverAddress; answer: SetAnswer }[],
    seen: RecordSet | null,
  ): Promise<boolean> {
    const first = answers.flatMap(({ at, answer: { outcome } }) =>
      outcome.status === "done" && outcome.value.authoritative && isConclusive(outcome.value) ? [{ at, set: outcome.value }] : [],
    );
    const sets = [...first.map(({ set }) => set), ...(seen === null || !isConclusive(seen) ? [] : [seen])];
    if (sets.every((set) => sameRecords(set, sets[0] ?? set))) return false;
    for (let round = 0; round < ROUNDS && !this.#end.signal.aborted; round++) {
      const again = await Promise.all(first.map(async ({ at, set }) => ({ set, outcome: await this.#ask(at, name, type, true) })));
      if (again.some(({ set, outcome }) => outcome.status === "done" && isConclusive(outcome.value) && !sameRecords(set, outcome.value)))
        return true;
    }
    return false;
  }

  /** A name beside the record's, that nobody has published: only a wildcard has records for it (RFC 4592). */
  async #beside(name: string): Promise<void> {
    const zone = await this.#zoneOf(name);
    const knows = zone?.servers.find(({ facts }) =>
      facts.answers.some(
        ({ name: asked, outcome }) =>
          asked === name && outcome.status === "done" && outcome.value.authoritative && outcome.value.records.length > 0,
      ),
    );
    if (knows === undefined) return;
    const asked = `_${randomBytes(6).toString("hex")}${name.slice(name.indexOf("."))}`;
    const outcome = await this.#ask(knows.at, asked, "SRV");
    if (outcome.status === "done" && outcome.value.authoritative && isConclusive(outcome.value)) {
      this.#besides.push({ name, asked, nameserver: knows.facts.name, records: outcome.value.records });
    }
  }

  async #ask(at: ResolverAddress, name: string, type: SetType, again = false): Promise<Outcome<RecordSet>> {
    const outcome = await this.#direct(at, name, type, again);
    return mapOutcome(outcome, (answer) => setAt(name, name, answer) ?? { ...endOf(answer), records: [], ttl: null });
  }

  async #direct<T extends SetType | "SOA">(at: ResolverAddress, name: string, type: T, again = false) {
    const outcome = await this.#gate(() =>
      this.#io.dns.queryAt(at, name, type, { recursion: false, timeoutMs: QUERY_MS, ...(again ? { again } : {}) }, this.#end.signal),
    );
    if (outcome.status === "done") this.#heard = true;
    return outcome;
  }

  async #zoneOf(name: string): Promise<AskedZone | null> {
    const zone = await this.#zones.of(name);
    if (zone === null) return null;
    let asked = this.#asked.get(zone.apex);
    if (asked === undefined) {
      asked = Promise.resolve(this.#begin(zone));
      this.#asked.set(zone.apex, asked);
    }
    return asked;
  }

  #begin({ apex, nameservers, withoutAddress }: Zone): AskedZone {
    const servers = nameservers.map((nameserver: Nameserver) => {
      const facts: NameserverFacts = { ...nameserver, soa: { status: "untested", because: "deadline" }, answers: [] };
      const at: ResolverAddress = { transport: "dns", address: nameserver.address, port: nameserver.port };
      this.#work.push(
        this.#direct(at, apex, "SOA").then((outcome) => {
          facts.soa = mapOutcome(outcome, ({ rcode, authoritative = false, records }) => ({
            rcode,
            authoritative,
            serial: records[0]?.serial ?? null,
          }));
        }),
      );
      return { at, facts };
    });
    return { facts: { apex, nameservers: servers.map(({ facts }) => facts), withoutAddress, changing: [] }, servers };
  }
}

function isFromFile(outcome: DnsOutcome<unknown>): boolean {
  return outcome.status === "done" && (outcome.value.transport === "file" || outcome.value.file !== undefined);
}

/** True when the work is done by then. */
async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const deadline = startDeadline(ms);
  try {
    return await Promise.race([
      work.then(() => true),
      new Promise<boolean>((resolve) => deadline.signal.addEventListener("abort", () => resolve(false), { once: true })),
    ]);
  } finally {
    deadline.done();
  }
}
