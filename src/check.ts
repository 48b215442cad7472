/** The whole story: observe, judge, assemble. What is slow to load is loaded while the first answers are under way. */
import type { Expectations, Facts, JudgeSettings } from "./facts/facts.ts";
import { comparablePlace } from "./matrix/place.ts";
import { parseConnectTo } from "./net/connect-to.ts";
import { startDeadline } from "./net/deadline.ts";
import { createDnsClient } from "./net/dns/client.ts";
import { parseResolver, type ResolverAddress, systemResolvers } from "./net/dns/resolver-address.ts";
import { readHostsText, systemHostsFile } from "./net/hosts-file.ts";
import type { DnsClient, HttpClient, Io, TlsClient } from "./net/io.ts";
import { nothingKnown, observe } from "./observe/observe.ts";
import { type Report } from "./facts/output.ts";
import { VIAS } from "./facts/way.ts";
import { policyProblem } from "./facts/policy.ts";
import { preloadPublicSuffixList } from "./facts/public-suffix-list.ts";
import { readPemBundle } from "./net/pem.ts";
import { tool } from "./tool.ts";
import type { WaitOptions } from "./wait/wait.ts";
import type { RunOptions } from "./facts/run-options.ts";
import type { Zone } from "./zone/zone.ts";
import { oldWorld, withZoneFiles, zoneFileFacts } from "./zone-files.ts";
import { UsageError } from "./facts/usage-error.ts";
import { type CheckOptions, checkOptionsProblem, CHECK_OPTIONS, JUDGE_OPTIONS, RUN_OPTIONS, WAIT_OPTIONS } from "./library-options.ts";
import { optionsProblem } from "./facts/option-shapes.ts";

export type { CheckOptions } from "./library-options.ts";
export type { RunOptions } from "./facts/run-options.ts";
export { UsageError } from "./facts/usage-error.ts";

/** As on the command line. */
const MAX_TIME_MS = 86_400_000;

export interface Checker {
  /**
   * Checks one server name. Rejects only for a fault of this program, or with a UsageError for `expect`, and for a zone file in which a
   * record that the name needs can't be read: everything that goes wrong outside is in the report.
   */
  check(serverName: string, run?: RunOptions): Promise<Report>;
  /**
   * Checks again and again until it passes or the time is up; the report of the last check. Nameservers are asked themselves until all of
   * them serve what makes it pass, and only then a resolver, which otherwise would keep it that a record doesn't exist. Null only when
   * `signal` ended it before the first check was done.
   */
  wait(serverName: string, options: WaitOptions): Promise<Report | null>;
  /** Ends what is kept between checks (connections to resolvers). */
  close(): void;
}

/**
 * Prepares checks with the same options, which share resolvers, trusted roots and loaded modules.
 * @throws UsageError for an option that isn't known, or can't be understood
 */
export async function createChecker(options: CheckOptions = {}): Promise<Checker> {
  refuse(optionsProblem("createChecker", options, CHECK_OPTIONS));
  return makeChecker(options);
}

/** As `createChecker`, for options whose names are known to be right. `many`: nobody waits for a single name. */
export async function makeChecker(options: CheckOptions, many = options.shared === true): Promise<Checker> {
  const { timeoutMs = 10_000, deadlineMs = 30_000, ca = [], ignore = [] } = options;
  refuseTime("timeoutMs", timeoutMs);
  refuseTime("deadlineMs", deadlineMs);
  const settings: JudgeSettings = {
    allowPrivate: options.allowPrivate ?? false,
    minCertDays: options.minCertDays ?? 14,
    family: options.family ?? null,
    probe: options.probe ?? true,
    ...(options.authoritative === false ? { authoritative: false } : {}),
    ...(options.deep === true ? { deep: true } : {}),
    ...(options.client === true ? { client: true } : {}),
    ...(options.expect === undefined ? {} : { expect: options.expect }),
  };
  await understood(() => refuseExpectations(options.expect));
  const limited = await policyOf(options);
  const connectTo = await understood(() => parseConnectTo(options.connectTo ?? []));
  const servers = await understood(() =>
    options.dnsServers === undefined || options.dnsServers.length === 0 ? systemResolvers() : options.dnsServers.map(parseResolver),
  );
  await understood(() => ca.forEach(readPemBundle));
  const dns = createDnsClient({ servers, timeoutMs, ca });
  const { behind, zones } = await understood(() => withZoneFiles(options.zones ?? []));
  const alone = await understood(() => behind(dns));
  const old = await understood(() => oldWorld(options, dns));
  const compared =
    servers.length > 1 && options.dnsServers !== undefined && options.dnsServers.length > 1 ? { comparedResolvers: servers } : {};
  const shared = options.shared === true ? await understood(() => sharing(dns, behind)) : {};
  const wellKnownFile =
    options.wellKnownFile == null
      ? null
      : {
          name: options.wellKnownFile.file,
          body: Buffer.from(options.wellKnownFile.body),
          headers: { "content-type": "application/json" },
        };
  // Modules that load slowly are loaded while requests are under way, shortly before they are needed: so they add no time.
  const tlsClient = once(async () => {
    const { createTlsClient, createTrustStore, SPARES } = await connections();
    return createTlsClient({
      timeoutMs,
      trust: createTrustStore({ extraPems: ca }),
      onHandshake: () => meanwhile(judging),
      spare: many && SPARES,
    });
  });
  const httpClient = once(async () => {
    const { createHttpClient, preloadHttp } = await connections();
    const preloaded = preloadHttp();
    if (many) await preloaded;
    return createHttpClient({ timeoutMs, userAgent: `${tool.name}/${tool.version}` });
  });
  const tls: TlsClient = {
    connect: async (to, until) => (await tlsClient()).connect(to, until),
    connectFurther: async (to, until) => (await tlsClient()).connectFurther(to, until),
    connectPlain: async (to, until) => (await tlsClient()).connectPlain(to, until),
  };
  const http: HttpClient = { request: async (...args) => (await httpClient()).request(...args) };
  const hostsFile = once(async () => (options.hostsFile === null ? null : readHostsText(options.hostsFile ?? systemHostsFile())));
  // V8 compiles functions when they are called first: 15 ms that would come after the last answer.
  const warmUp = once(async () => (await judging()).judgeFacts(nothingKnown("example.com", settings, new Date(0)), ignore));
  // Among many names, connections may have taken all files that this process may open when a module is first wanted.
  if (many) {
    preloadPublicSuffixList();
    const loading: Promise<unknown>[] = [tlsClient(), httpClient(), warmUp(), hostsFile()];
    if (settings.client === true) loading.push(import("./observe/client/client.ts"));
    if (zones.length > 0) loading.push(import("./views/zone-mistakes.ts"), import("./zone/mistakes.ts"));
    if (old !== null) loading.push(comparing());
    await Promise.all(loading);
  }

  async function checkBy(
    resolving: Pick<Io, "dns" | "comparedResolvers" | "sharedUrls" | "asksNameservers">,
    serverName: string,
    run: RunOptions,
    world: { zones: readonly Zone[]; wellKnownFile: NonNullable<Io["wellKnownFile"]> | null; deadlineMs: number } = {
      zones,
      wellKnownFile,
      deadlineMs,
    },
  ): Promise<Report> {
    await understood(() => refuseExpectations(run.expect));
    const deadline = startDeadline(world.deadlineMs, run.signal);
    const { signal } = deadline;
    const few = many ? ({ fewConnections: true } as const) : {};
    const open: Io = { ...resolving, ...few, tls, http, connectTo, hostsFile, now: () => new Date(), signal, ...world };
    try {
      const io = limited(open, servers);
      const observing = observe(
        io,
        serverName,
        run.expect === undefined ? settings : { ...settings, expect: { ...settings.expect, ...run.expect } },
        (step) => {
          if (step === "connect") meanwhile(warmUp);
          run.onStep?.(step);
        },
      );
      meanwhile(tlsClient);
      meanwhile(httpClient);
      const facts = await observing;
      if (world.zones.length > 0) facts.zoneFiles = await zoneFileFacts(facts, world.zones);
      const { judgeFacts } = await judging();
      return judgeFacts(facts, run.ignore === undefined ? ignore : [...ignore, ...run.ignore]);
    } finally {
      deadline.done();
    }
  }

  const redact = await redactionOf(options);
  const ordinary = (serverName: string, run: RunOptions): Promise<Report> =>
    checkBy({ dns: alone, ...compared, ...(run.fresh === true ? {} : shared) }, serverName, run);
  return {
    async check(serverName, run = {}) {
      refuseNoName(serverName);
      refuse(optionsProblem("check", run, RUN_OPTIONS));
      const shown = (report: Report): Report => redact(report, [...ignore, ...(run.ignore ?? [])]);
      if (old === null) return shown(await ordinary(serverName, run));
      const { beforeAndAfter } = await comparing();
      const quiet: RunOptions = { ...(run.signal !== undefined && { signal: run.signal }) };
      const compared = await beforeAndAfter({
        old,
        dns: alone,
        deadlineMs,
        after: () => ordinary(serverName, run),
        by: (dns, zones, ms, kept = wellKnownFile) => checkBy({ dns }, serverName, quiet, { zones, wellKnownFile: kept, deadlineMs: ms }),
      });
      return shown(compared);
    },
    async wait(serverName, waiting) {
      refuseNoName(serverName);
      refuse(optionsProblem("wait", waiting, WAIT_OPTIONS));
      if (waiting.waitMs === undefined) throw new UsageError("wait needs waitMs, a number of milliseconds");
      const { waitUntilItPasses } = await import("./wait/wait.ts");
      // Compared resolvers would be asked, too.
      const by =
        options.authoritative === false
          ? null
          : (other: DnsClient, run: RunOptions) => checkBy({ dns: behind(other), asksNameservers: true }, serverName, run);
      const shown = (report: Report): Report => redact(report, [...ignore, ...(waiting.ignore ?? [])]);
      const report = await waitUntilItPasses(
        {
          ordinary: (run) => ordinary(serverName, { ...run, fresh: true }),
          by,
          dns,
          connectTo,
          settings,
          timeoutMs,
          shown: (options.redact ?? false) === false ? null : shown,
        },
        waiting,
      );
      return report === null ? null : shown(report);
    },
    close: () => dns.close(),
  };
}

/** What is no time, or more than a timer holds (it would end at once), would make a healthy server fail. */
function refuseTime(name: string, ms: unknown): void {
  if (typeof ms !== "number" || !(ms > 0 && ms <= MAX_TIME_MS))
    throw new UsageError(`${name} must be a number of milliseconds, more than 0 and at most ${MAX_TIME_MS} (24 hours), for example 10000`);
}

/** Null, or one line that says why `dnsServers` can't have this value, and what would be right. */
export function resolverProblem(text: string): string | null {
  return problemOf(() => parseResolver(text));
}

/** The same for `connectTo`. */
export function connectToProblem(entries: string[]): string | null {
  return problemOf(() => parseConnectTo(entries))?.replace(/^--connect-to /, "") ?? null;
}

function problemOf(parse: () => unknown): string | null {
  try {
    parse();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a policy makes of an Io; its code is loaded only when there is one. */
async function policyOf({ policy, allowPrivate }: CheckOptions): Promise<(io: Io, servers: readonly ResolverAddress[]) => Io> {
  if (policy == null) return (io) => io;
  const problem = policyProblem(policy);
  if (problem !== null) throw new UsageError(problem);
  if (allowPrivate === true && policy.privateAddresses === "deny")
    throw new UsageError('allowPrivate and a policy with privateAddresses "deny" exclude each other: leave out one of them');
  const { withPolicy } = await import("./net/with-policy.ts");
  return (io, servers) => withPolicy(io, policy, servers);
}

/** What checks that share have in common. */
async function sharing(dns: DnsClient, behind: (dns: DnsClient) => DnsClient): Promise<Pick<Io, "dns" | "sharedUrls">> {
  const [{ shareAnswers }, { shareUrls }] = await Promise.all([import("./net/dns/shared.ts"), import("./observe/resolver/shared-urls.ts")]);
  return { dns: behind(shareAnswers(dns)), sharedUrls: shareUrls() };
}

/** What makes reports fit for sharing; its code is loaded only when that is wanted. */
async function redactionOf({
  redact = false,
}: Pick<CheckOptions, "redact">): Promise<(report: Report, ignore: readonly string[]) => Report> {
  if (redact === false) return (report) => report;
  return (await import("./redacted.ts")).redaction(redact === "all" ? "all" : "others");
}

/**
 * Judges recorded evidence again, without a network. Settings that aren't given are those of the recorded run.
 * @throws UsageError when `facts` aren't any, and for an option that isn't known, or can't be understood
 */
export async function judgeAgain(
  facts: Facts,
  options: Pick<CheckOptions, "ignore" | "allowPrivate" | "minCertDays" | "expect" | "redact"> = {},
): Promise<Report> {
  refuse(optionsProblem("judgeAgain", options, JUDGE_OPTIONS));
  const { factsProblem } = await import("./facts-problem.ts");
  const problem = factsProblem(facts);
  if (problem !== null) throw new UsageError(`these are no facts: ${problem}; give the facts of a report, or what --save-facts wrote`);
  const {
    allowPrivate = facts.settings.allowPrivate,
    minCertDays = facts.settings.minCertDays,
    expect = facts.settings.expect,
    ignore = [],
  } = options;
  await understood(() => refuseExpectations(options.expect));
  const { judgeFacts } = await judging();
  const report = judgeFacts(
    { ...facts, settings: { ...facts.settings, allowPrivate, minCertDays, ...(expect === undefined ? {} : { expect }) } },
    ignore,
  );
  return (await redactionOf(options))(report, ignore);
}

/**
 * Checks one server name once.
 * @throws UsageError for an option that isn't known, or can't be understood
 */
export async function check(serverName: string, options: CheckOptions & RunOptions = {}): Promise<Report> {
  refuseNoName(serverName);
  refuse(checkOptionsProblem("check", options, RUN_OPTIONS));
  const checker = await makeChecker(options);
  const { signal, onStep, fresh } = options;
  try {
    return await checker.check(serverName, { ...(signal && { signal }), ...(onStep && { onStep }), ...(fresh && { fresh }) });
  } finally {
    checker.close();
  }
}

function refuseExpectations({ targets = [], via = [] }: Expectations = {}): void {
  const wrong = targets.find((target) => comparablePlace(target) === null);
  if (wrong !== undefined) throw new Error(`expected target "${wrong}" is no host with a port: matrix.example.com:443 would be one`);
  const unknown = via.find((each) => !VIAS.includes(each));
  if (unknown !== undefined) throw new Error(`expected way "${unknown}" is none of ${VIAS.join(", ")}`);
}

const connections = once(() => import("./net/connections.ts"));
const judging = once(() => import("./judge-facts.ts"));
const comparing = once(() => import("./before-and-after.ts"));

/** When what is being sent now has been sent; who needs it waits for it, and hears of what goes wrong. */
function meanwhile(load: () => Promise<unknown>): void {
  setImmediate(() => void load().catch(() => {}));
}

/** What failed is tried again by the next one: for a moment no file may have been free. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

async function understood<T>(parse: () => T | Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function refuse(problem: string | null): void {
  if (problem !== null) throw new UsageError(problem);
}

/** One that breaks the grammar is a finding; what is no text is a mistake of the one who calls. */
function refuseNoName(serverName: unknown): void {
  refuse(typeof serverName === "string" ? null : 'the server name must be a string, for example "example.com"');
}
