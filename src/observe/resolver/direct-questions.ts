/**
 * Questions to nameservers themselves. Within one run each is asked once, however many want its answer; whoever waits for another answer
 * has those that were watched asked again and again.
 */
import type { AddressRecord, Outcome, SrvRecord } from "../../facts/facts.ts";
import { elapsed } from "../../net/deadline.ts";
import { onAbort } from "../../net/abort.ts";
import { formatResolver, type ResolverAddress } from "../../net/dns/resolver-address.ts";
import type { DirectAnswer, DnsClient, RecordsByType } from "../../net/io.ts";
import { isConclusive, setAt } from "../../views/record-set.ts";

/** For one question to one nameserver with all its tries. */
const QUERY_MS = 2_000;
/** So long an answer is waited for that comes from a nameserver which was silent when it was asked last. */
const SILENT_MS = 250;
/** Between two rounds of the same questions: what is waited for is seen within a second. */
const POLL_MS = 750;
/** So many questions are asked again; those of the route come first. */
const MAX_WATCHED = 16;
/** One question may say "changed" so often in that time: answers that are balanced by DNS are others every time. */
const MAX_CHANGES = 4;
const CHANGES_MS = 30_000;

export type Direct<T extends keyof RecordsByType> = Outcome<DirectAnswer<RecordsByType[T]>>;

interface Asked {
  at: ResolverAddress;
  name: string;
  type: keyof RecordsByType;
  answer: Promise<Direct<keyof RecordsByType>>;
  /** The records as text; null without an answer of a server that answers for the zone; undefined as long as nothing has come. */
  said: string | null | undefined;
  /** It is being asked again. */
  again: boolean;
}

export class DirectQuestions {
  readonly #dns: DnsClient;
  #signal: AbortSignal = AbortSignal.abort();
  #asked = new Map<string, Asked>();
  #watched = new Map<string, Asked[]>();
  /** Nameservers that didn't answer last time. */
  readonly #silent = new Set<string>();
  /** When a question was found changed, on the clock of performance.now(). */
  readonly #changes = new Map<string, number[]>();

  constructor(dns: DnsClient) {
    this.#dns = dns;
  }

  /** Everything is asked anew; what is asked from now on ends with the signal. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
    this.#asked = new Map();
    this.#watched = new Map();
  }

  /** `fresh`: even if it was asked before in this run. */
  ask<T extends keyof RecordsByType>(at: ResolverAddress, name: string, type: T, fresh = false): Promise<Direct<T>> {
    const key = `${formatResolver(at)} ${name.toLowerCase()} ${type}`;
    let asked = this.#asked.get(key);
    if (asked === undefined || fresh) {
      const created: Asked = { at, name, type, answer: this.#send(at, name, type), said: undefined, again: false };
      void created.answer.then((outcome) => (created.said = saidIn(name, outcome)));
      if (asked === undefined) this.#asked.set(key, created);
      asked = created;
    }
    return asked.answer as Promise<Direct<T>>;
  }

  /** From now on, `changed` looks whether these nameservers still answer the same. They were asked before. */
  watch(servers: readonly ResolverAddress[], name: string, type: keyof RecordsByType): void {
    const question = `${name.toLowerCase()} ${type}`;
    if (this.#watched.has(question) || this.#watched.size >= MAX_WATCHED || !["A", "AAAA", "SRV"].includes(type)) return;
    this.#watched.set(
      question,
      servers.flatMap((at) => this.#asked.get(`${formatResolver(at)} ${question}`) ?? []),
    );
  }

  /** Of what is watched only these, as `name type` in lower case and upper case; all when none of them is watched. */
  narrow(questions: Iterable<string>): void {
    const kept = [...questions].flatMap((question) => {
      const asked = this.#watched.get(question);
      return asked === undefined ? [] : [[question, asked] as const];
    });
    if (kept.length > 0) this.#watched = new Map(kept);
  }

  /** True as soon as a nameserver answers otherwise than it did in this run, false when the signal ends. */
  changed(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (isChanged: boolean): void => {
        clearInterval(timer);
        stop();
        resolve(isChanged);
      };
      // A round doesn't wait for the one before: a nameserver that is silent holds up nobody.
      const timer = setInterval(() => {
        for (const [question, asked] of this.#watched) {
          for (const each of asked) {
            if (each.said === undefined || each.again) continue;
            each.again = true;
            void this.#isOther(each, signal).then((isOther) => {
              each.again = false;
              if (isOther && !signal.aborted && this.#counts(question)) finish(true);
            });
          }
        }
      }, POLL_MS);
      const stop = onAbort(signal, () => finish(false));
      if (signal.aborted) finish(false);
    });
  }

  async #isOther({ at, name, type, said }: Asked, signal: AbortSignal): Promise<boolean> {
    const now = saidIn(name, await this.#dns.queryAt(at, name, type, { recursion: false, timeoutMs: QUERY_MS }, signal));
    // That a nameserver falls silent is no news that is worth a check.
    return now !== null && now !== said;
  }

  #counts(question: string): boolean {
    const now = performance.now();
    const recent = (this.#changes.get(question) ?? []).filter((at) => at > now - CHANGES_MS);
    if (recent.length >= MAX_CHANGES) return false;
    this.#changes.set(question, [...recent, now]);
    return true;
  }

  async #send<T extends keyof RecordsByType>(at: ResolverAddress, name: string, type: T): Promise<Direct<T>> {
    const signal = this.#signal;
    const who = formatResolver(at);
    const answer = this.#dns.queryAt(at, name, type, { recursion: false, timeoutMs: QUERY_MS }, signal).then((outcome) => {
      if (outcome.status === "done") this.#silent.delete(who);
      else if (!signal.aborted) this.#silent.add(who);
      return outcome;
    });
    if (!this.#silent.has(who)) return answer;
    const patience = new AbortController();
    void answer.finally(() => patience.abort());
    const silence = elapsed(SILENT_MS, patience.signal).then((): Direct<T> => ({
      status: "failed",
      error: { code: "timeout", message: `${who} did not answer in time` },
      ms: SILENT_MS,
    }));
    return Promise.race([answer, silence]);
  }
}

/** An answer that counts: of a server that answers for the zone, and about the zone. */
export function counts<T extends keyof RecordsByType>(outcome: Direct<T>): outcome is Extract<Direct<T>, { status: "done" }> {
  return outcome.status === "done" && outcome.value.authoritative === true && isConclusive(outcome.value);
}

function saidIn(name: string, outcome: Direct<keyof RecordsByType>): string | null {
  if (!counts(outcome)) return null;
  return setAt(name, name, outcome.value as DirectAnswer<AddressRecord | SrvRecord>)?.records.join("\n") ?? "";
}
