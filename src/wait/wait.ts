/**
 * `--wait`: checks again and again until it passes. First against the nameservers themselves, so that no resolver hears of a name before
 * all of them have it; then as always, until the resolver has forgotten what it heard before.
 */
import { validName } from "../views/valid-name.ts";
import type { RunOptions } from "../facts/run-options.ts";
import type { JudgeSettings } from "../facts/facts.ts";
import { elapsed, startDeadline } from "../net/deadline.ts";
import { onAbort } from "../net/abort.ts";
import type { ConnectTo, DnsClient } from "../net/io.ts";
import type { Report } from "../facts/output.ts";
import { NameserverView } from "../observe/resolver/nameserver-view.ts";
import { zoneQuestions } from "../views/nameserver-words.ts";
import { keptByResolver, waitingFor } from "./waiting-for.ts";

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
/** Resolvers say whole seconds, rounded down. */
const SECOND_MS = 1000;

export interface WaitOptions extends RunOptions {
  /**
   * Milliseconds in all; Infinity: until `signal` ends it, or 24 days. A check that is under way then may take as long as one network
   * operation (`timeoutMs`) more.
   */
  waitMs: number;
  /** Which report ends the waiting; without it one without an error that isn't inconclusive. */
  passes?: (report: Report) => boolean;
  /** What is waited for: one line without the server name, each time when it is something else. May hold bytes of the other side. */
  onWaiting?: (text: string) => void;
  /** Why the nameservers themselves can't be asked. One line each. */
  onNote?: (text: string) => void;
}

/** How a checker checks. */
export interface Checks {
  ordinary(run: RunOptions): Promise<Report>;
  /** With this client instead of the resolvers; null when the nameservers are not to be asked. */
  by: ((dns: DnsClient, run: RunOptions) => Promise<Report>) | null;
  dns: DnsClient;
  connectTo: ConnectTo;
  settings: JudgeSettings;
  timeoutMs: number;
  /** What may be told of a report when it is made fit for sharing; null: all of it. */
  shown: ((report: Report) => Report) | null;
}

/** The first report that passes, or the last one; null only when the caller's signal ended it before there was any. */
export async function waitUntilItPasses(checks: Checks, options: WaitOptions): Promise<Report | null> {
  const wait = new Wait(checks, options);
  try {
    await wait.atNameservers();
    return await wait.atResolver();
  } finally {
    wait.done();
  }
}

class Wait {
  readonly #checks: Checks;
  readonly #options: WaitOptions;
  readonly #passes: (report: Report) => boolean;
  /** The time is up; and: what is under way is cut. */
  readonly #over;
  readonly #cut;
  #last: Report | null = null;
  #told: string | null = null;
  readonly #noted = new Set<string>();

  constructor(checks: Checks, options: WaitOptions) {
    this.#checks = checks;
    this.#options = options;
    this.#passes = options.passes ?? isGood;
    this.#over = startDeadline(options.waitMs, options.signal);
    this.#cut = startDeadline(options.waitMs + checks.timeoutMs, options.signal);
  }

  done(): void {
    this.#over.done();
    this.#cut.done();
  }

  /** Ends when it passes by what the nameservers say, when they can't be asked, or when the time is up. */
  async atNameservers(): Promise<void> {
    const { by, dns, connectTo, settings } = this.#checks;
    if (by === null) return this.#note("the nameservers are not asked (--no-authoritative)");
    const view = new NameserverView(dns, connectTo, settings);
    const over = this.#over.signal;
    for (let pause = FIRST_PAUSE_MS; !over.aborted;) {
      const round = new AbortController();
      const stop = onAbort(over, () => round.abort());
      try {
        view.begin(round.signal);
        const changed = view.changed(round.signal);
        const checking = by(view, this.#run(round.signal));
        const report = await Promise.race([checking, changed.then((yes) => (yes ? null : checking))]);
        if (over.aborted) {
          await checking;
          return;
        }
        if (report === null) {
          // What it found by now is about what was: it is begun anew.
          round.abort();
          await checking;
          pause = FIRST_PAUSE_MS;
          continue;
        }
        this.#last = report;
        if (this.#passes(report) || neverPasses(report)) return;
        // Without a resolver nobody knows who the nameservers are.
        const isBlind = !view.seen && report.verdict !== "inconclusive";
        if (report.verdict !== "inconclusive")
          for (const name of view.unseen)
            this.#note(`no nameserver of ${this.#checks.shown === null ? name : "one of the zones"} can be asked`);
        if (isBlind && view.unseen.length === 0) this.#note("no nameserver could be asked for the names of the route");
        this.#tell(report, "nameservers");
        if (isBlind) return await elapsed(pause, over);
        view.narrow(zoneQuestions(report.facts).map(({ name, type }) => `${name} ${type}`));
        const isChanged = await Promise.race([changed, elapsed(pause, round.signal).then(() => false)]);
        pause = isChanged ? FIRST_PAUSE_MS : longer(pause);
      } finally {
        round.abort();
        stop();
      }
    }
  }

  /** An ordinary check, as the resolver sees it. One more is made when the time is up: then it does no harm if the resolver keeps it. */
  async atResolver(): Promise<Report | null> {
    const over = this.#over.signal;
    for (let pause = FIRST_PAUSE_MS; ; pause = longer(pause)) {
      if (this.#isInterrupted()) return this.#last;
      const isLast = over.aborted;
      const report = await this.#checks.ordinary(this.#run(this.#cut.signal));
      if (this.#isInterrupted()) return this.#last;
      if (this.#cut.signal.aborted) return this.#last ?? report;
      this.#last = report;
      if (isLast || over.aborted || this.#passes(report) || neverPasses(report)) return report;
      this.#tell(report, "resolver");
      const kept = keptByResolver(report);
      await elapsed(kept === null ? pause : Math.min(pause, Math.max(FIRST_PAUSE_MS, kept * 1000 + SECOND_MS)), over);
    }
  }

  #isInterrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #run(signal: AbortSignal): RunOptions {
    const { expect, ignore, onStep } = this.#options;
    return {
      signal,
      ...(expect === undefined ? {} : { expect }),
      ...(ignore === undefined ? {} : { ignore }),
      // What is waited for says more than the step.
      ...(onStep === undefined || this.#told !== null ? {} : { onStep }),
    };
  }

  #tell(report: Report, by: "nameservers" | "resolver"): void {
    const { about, text } = waitingFor(this.#checks.shown?.(report) ?? report, by);
    if (about === this.#told) return;
    this.#told = about;
    this.#options.onWaiting?.(text);
  }

  #note(reason: string): void {
    if (this.#noted.has(reason)) return;
    this.#noted.add(reason);
    this.#options.onNote?.(
      `${reason}: the resolver is asked again and again instead, and may remember for some time that a record doesn't exist`,
    );
  }
}

function longer(pause: number): number {
  return Math.min(pause * 2, LONGEST_PAUSE_MS);
}

/** The name itself is invalid: no change of DNS or of a server can make the check pass. */
function neverPasses({ facts }: Report): boolean {
  return validName(facts) === null;
}

function isGood({ verdict, internalErrors }: Report): boolean {
  return (verdict === "pass" || verdict === "warn") && internalErrors === undefined;
}
