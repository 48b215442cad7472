/** The whole story: observe, judge, assemble. What is slow to load is loaded while the first answers are under way. */
import type { Facts, JudgeSettings } from "./facts.ts";
import { parseConnectTo } from "./net/connect-to.ts";
import { startDeadline } from "./net/deadline.ts";
import { createDnsClient } from "./net/dns/client.ts";
import { parseResolver, systemResolvers } from "./net/dns/resolver-address.ts";
import type { Io, TlsClient } from "./net/io.ts";
import { observe } from "./observe.ts";
import type { Report, StepId } from "./output.ts";

export interface CheckOptions {
  /** Private, loopback and reserved addresses, and names without a public TLD, are no finding. */
  allowPrivate?: boolean;
  /** Days under which a certificate is reported as expiring; 14. */
  minCertDays?: number;
  /** Only that address family; null: both. */
  family?: 4 | 6 | null;
  /** Milliseconds for one network operation; 10,000. */
  timeoutMs?: number;
  /** Milliseconds for one server name, all in all; 30,000. */
  deadlineMs?: number;
  /** `address[:port]`, `tls://host[:port]` or `https://url`; the system's resolvers by default. */
  dnsServers?: string[];
  /** PEM texts with additional trusted roots. */
  ca?: string[];
  /** `host:port:address:port`, as curl's `--connect-to`. */
  connectTo?: string[];
  /** Codes of findings to drop. */
  ignore?: string[];
  /** False: resolution only, the homeserver isn't contacted. */
  probe?: boolean;
}

export interface RunOptions {
  /** Ends the check early; what isn't known by then is untested. */
  signal?: AbortSignal;
  onStep?: (step: StepId) => void;
}

export interface Checker {
  /** Checks one server name. Rejects only for a fault of this program: everything that goes wrong outside is in the report. */
  check(serverName: string, run?: RunOptions): Promise<Report>;
  /** Ends what is kept between checks (connections to resolvers). */
  close(): void;
}

/** An option that can't be meant; the message is one line that says what is wrong and what would be right. */
export class UsageError extends Error {
  readonly code = "usage";
}

/**
 * Prepares checks with the same options, which share resolvers, trusted roots and loaded modules.
 * @throws UsageError when `dnsServers`, `connectTo` or `ca` can't be understood
 */
export async function createChecker(options: CheckOptions = {}): Promise<Checker> {
  const { timeoutMs = 10_000, deadlineMs = 30_000, ca = [], ignore = [] } = options;
  const settings: JudgeSettings = { allowPrivate: options.allowPrivate ?? false, minCertDays: options.minCertDays ?? 14, family: options.family ?? null, probe: options.probe ?? true };
  const connectTo = await understood(() => parseConnectTo(options.connectTo ?? []));
  const servers = await understood(() => (options.dnsServers === undefined || options.dnsServers.length === 0 ? systemResolvers() : options.dnsServers.map(parseResolver)));
  if (ca.length > 0) await understood(async () => (await import("./net/trust.ts")).createTrustStore({ extraPems: ca }));
  const dns = createDnsClient({ servers, timeoutMs, ca });
  const slow = once(() => loadSlow(timeoutMs, ca));

  return {
    async check(serverName, run = {}) {
      const deadline = startDeadline(deadlineMs, run.signal);
      const { signal } = deadline;
      const tls: TlsClient = {
        connect: async (to, until) => (await slow()).tls.connect(to, until),
        connectPlain: async (to, until) => (await slow()).tls.connectPlain(to, until),
      };
      const io: Io = { dns, tls, http: { request: async (...args) => (await slow()).http.request(...args) }, connectTo, now: () => new Date(), signal, deadlineMs };
      try {
        const observing = observe(io, serverName, settings, run.onStep ?? (() => {}));
        // The first questions are out by now: the rest of the program loads while they travel.
        setImmediate(() => void slow().catch(() => {}));
        const facts = await observing;
        const { judgeFacts } = await judging();
        return judgeFacts(facts, ignore);
      } finally {
        deadline.done();
      }
    },
    close: () => dns.close(),
  };
}

/** Judges recorded evidence again, without a network. Settings that aren't given are those of the recorded run. */
export async function judgeAgain(facts: Facts, options: Pick<CheckOptions, "ignore" | "allowPrivate" | "minCertDays"> = {}): Promise<Report> {
  const { allowPrivate = facts.settings.allowPrivate, minCertDays = facts.settings.minCertDays, ignore = [] } = options;
  const { judgeFacts } = await judging();
  return judgeFacts({ ...facts, settings: { ...facts.settings, allowPrivate, minCertDays } }, ignore);
}

/** Checks one server name once. */
export async function check(serverName: string, options: CheckOptions & RunOptions = {}): Promise<Report> {
  const checker = await createChecker(options);
  try {
    return await checker.check(serverName, options);
  } finally {
    checker.close();
  }
}

const judging = once(async () => {
  const [{ judge }, { assemble }] = await Promise.all([import("./rules/judge.ts"), import("./report/assemble.ts")]);
  return { judgeFacts: (facts: Facts, ignore: readonly string[]): Report => assemble(facts, judge(facts, { ignore })) };
});

async function loadSlow(timeoutMs: number, ca: string[]) {
  const [{ createTlsClient }, { createTrustStore }, { createHttpClient, preloadHttp }] = await Promise.all([import("./net/tls.ts"), import("./net/trust.ts"), import("./net/http.ts")]);
  preloadHttp();
  void judging();
  return { tls: createTlsClient({ timeoutMs, trust: createTrustStore({ extraPems: ca }) }), http: createHttpClient({ timeoutMs, userAgent: await userAgent() }) };
}

async function userAgent(): Promise<string> {
  const { tool } = await import("./tool.ts");
  return `${tool.name}/${tool.version}`;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function understood<T>(parse: () => T | Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

