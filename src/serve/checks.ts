/**
 * The checks of a service: one at a time for a name, which all who ask for it share; so many at once; so many a minute for each client.
 * Answers are kept for a minute. A check ends when nobody waits for it any more.
 */
import { getDomain } from "../facts/public-suffix-list.ts";
import type { Report, StepId } from "../facts/output.ts";
import { readServerName } from "../matrix/server-name-grammar.ts";
import { Rate } from "./rate.ts";
import { OverLimit } from "./refused.ts";

const KEPT_MS = 60_000;
const MOST_KEPT = 2000;
/** Of JSON text; in memory a report takes some times as much. */
const MOST_KEPT_CHARACTERS = 16 * 1024 * 1024;
/** Seconds after which there is probably room for another check. */
const BUSY_RETRY = 5;
/** Names of one domain may be many people's; but its owner can make as many names as they like, and have all of them lead to one place. */
const RATES_PER_DOMAIN = 3;

export interface CheckRun {
  signal: AbortSignal;
  onStep: (step: StepId) => void;
}

export interface ChecksOptions {
  check(serverName: string, run: CheckRun): Promise<Report>;
  /** Checks under way at once. */
  concurrency: number;
  /** Checks a minute for each client, and for each name whoever asks; 0: no limit. */
  rate: number;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
}

/** A report, and what was made of it once: formats by their names. */
export interface Kept {
  report: Report;
  bodies: Map<string, Buffer>;
}

/** What one request waits for. Leaving ends the check if nobody else waits for it. */
export interface Waiting {
  /** Rejects for a fault of this program, and with {@link Ended} when the service ends. */
  answer: Promise<Kept>;
  /** Called for every step that has begun, those of before at once. */
  onStep: (listener: (step: StepId) => void) => void;
  leave: () => void;
}

/** The service is ending, or nobody waited any more. */
export class Ended extends Error {}

interface Running {
  answer: Promise<Kept>;
  steps: StepId[];
  listeners: Set<(step: StepId) => void>;
  waiting: number;
  stop: AbortController;
}

export class Checks {
  readonly #options: ChecksOptions;
  readonly #running = new Map<string, Running>();
  /** Also those that are ending. */
  #underWay = 0;
  #idle: (() => void)[] = [];
  readonly #kept = new Map<string, Kept & { until: number; characters: number }>();
  #keptCharacters = 0;
  #sweep: NodeJS.Timeout | null = null;
  #ended = false;
  readonly #perClient: Rate;
  readonly #perName: Rate;
  readonly #perDomain: Rate;
  readonly counts = { joined: 0, kept: 0 };

  constructor(options: ChecksOptions) {
    this.#options = options;
    this.#perClient = new Rate(options.rate, () => options.now());
    this.#perName = new Rate(options.rate, () => options.now());
    this.#perDomain = new Rate(options.rate * RATES_PER_DOMAIN, () => options.now());
  }

  get underWay(): number {
    return this.#underWay;
  }

  get keptCount(): number {
    return this.#kept.size;
  }

  /** An answer that is kept, or a check that is under way or begins. `fresh`: not the one that is kept. @throws OverLimit */
  ask(serverName: string, client: string, fresh: boolean): Kept | Waiting {
    const known = this.known(serverName, fresh);
    if (known !== null) return known;
    if (this.#ended) throw new Ended();
    this.#refuse(serverName, client);
    return this.#join(this.#begin(serverName));
  }

  /** The same, but nothing begins: null. */
  known(serverName: string, fresh: boolean): Kept | Waiting | null {
    const running = this.#running.get(serverName);
    if (running !== undefined) {
      this.counts.joined++;
      return this.#join(running);
    }
    if (fresh) return null;
    const kept = this.#kept.get(serverName);
    if (kept === undefined || kept.until <= this.#options.now()) return null;
    this.counts.kept++;
    return kept;
  }

  /** No check begins any more; resolves when those under way are done, which are ended after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    this.#ended = true;
    const stop = setTimeout(() => {
      for (const { stop } of this.#running.values()) stop.abort();
    }, graceMs);
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    clearTimeout(stop);
    if (this.#sweep !== null) clearTimeout(this.#sweep);
    this.#kept.clear();
  }

  #refuse(serverName: string, client: string): void {
    const { concurrency, rate } = this.#options;
    const stranger = strangerOf(serverName);
    const own = this.#perClient.wait(client);
    if (own > 0) throw new OverLimit("client", `too many checks from your address: ${rate} a minute; try again in ${own} s`, own);
    const same = this.#perName.wait(stranger.name);
    if (same > 0) throw new OverLimit("name", `this name was checked ${rate} times within a minute; try again in ${same} s`, same);
    const domain = this.#perDomain.wait(stranger.domain);
    if (domain > 0)
      throw new OverLimit("domain", `names of this domain were checked too often within a minute; try again in ${domain} s`, domain);
    if (this.#underWay >= concurrency)
      throw new OverLimit("at-once", `too many checks are under way; try again in ${BUSY_RETRY} s`, BUSY_RETRY);
    this.#perClient.count(client);
    this.#perName.count(stranger.name);
    this.#perDomain.count(stranger.domain);
  }

  #begin(serverName: string): Running {
    const stop = new AbortController();
    const steps: StepId[] = [];
    const listeners = new Set<(step: StepId) => void>();
    const onStep = (step: StepId): void => {
      if (steps.includes(step)) return;
      steps.push(step);
      for (const listener of listeners) listener(step);
    };
    this.#underWay++;
    const answer = this.#options
      .check(serverName, { signal: stop.signal, onStep })
      .then((report): Kept => {
        if (stop.signal.aborted) throw new Ended();
        return this.#keep(serverName, { report, bodies: new Map() });
      })
      .finally(() => {
        if (this.#running.get(serverName) === running) this.#running.delete(serverName);
        listeners.clear();
        if (--this.#underWay === 0) for (const idle of this.#idle.splice(0)) idle();
      });
    const running: Running = { answer, steps, listeners, waiting: 0, stop };
    answer.catch(() => {});
    // Whoever asks from now on needs a check that goes on.
    stop.signal.addEventListener("abort", () => {
      if (this.#running.get(serverName) === running) this.#running.delete(serverName);
    });
    this.#running.set(serverName, running);
    return running;
  }

  #join(running: Running): Waiting {
    running.waiting++;
    let left = false;
    let own: ((step: StepId) => void) | null = null;
    return {
      answer: running.answer,
      onStep(listener) {
        own = listener;
        for (const step of running.steps) listener(step);
        running.listeners.add(listener);
      },
      leave() {
        if (left) return;
        left = true;
        if (own !== null) running.listeners.delete(own);
        if (--running.waiting === 0) running.stop.abort();
      },
    };
  }

  /** What says nothing of the server isn't kept. */
  #keep(serverName: string, kept: Kept): Kept {
    this.#drop(serverName);
    if (kept.report.verdict === "inconclusive" || this.#ended) return kept;
    const characters = JSON.stringify(kept.report).length;
    const entry = { ...kept, until: this.#options.now() + KEPT_MS, characters };
    this.#kept.set(serverName, entry);
    this.#keptCharacters += characters;
    this.#dropOld();
    return entry;
  }

  #dropOld(): void {
    const now = this.#options.now();
    for (const [name, { until }] of this.#kept) {
      const fits = this.#kept.size <= MOST_KEPT && this.#keptCharacters <= MOST_KEPT_CHARACTERS;
      if (until > now && fits) break;
      this.#drop(name);
    }
    const [next] = this.#kept.values();
    if (next === undefined || this.#sweep !== null) return;
    this.#sweep = setTimeout(
      () => {
        this.#sweep = null;
        this.#dropOld();
      },
      Math.max(1, next.until - now),
    ).unref();
  }

  #drop(serverName: string): void {
    const kept = this.#kept.get(serverName);
    if (kept === undefined) return;
    this.#keptCharacters -= kept.characters;
    this.#kept.delete(serverName);
  }
}

/** Whom a check of the name asks, as far as the name says it: ports and letter case make no other stranger of one. */
function strangerOf(serverName: string): { name: string; domain: string } {
  const read = readServerName(serverName);
  const host = read.ok ? read.name.dnsHost : serverName;
  return { name: host, domain: getDomain(host, { allowPrivateDomains: true }) ?? host };
}
