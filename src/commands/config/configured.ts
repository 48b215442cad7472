/** The configuration file under the command line: what was given there wins, option by option. */
import { dirname } from "node:path";
import type { Expectations } from "../../facts/facts.ts";
import { readOpen } from "../bounded-file.ts";
import { expectationsOf, fromCommandLine, type OpenConfig, type Settled, unreadable } from "./settled.ts";
import { harmless } from "../../report/harmless.ts";
import type { IgnoredCode } from "../ignored.ts";
import type { CommandIo } from "../io.ts";
import type { GlobalOptions } from "../options.ts";
import { CommandUsageError, quote } from "../usage.ts";
import type { Config, ConfiguredIgnore, ConfiguredServer } from "./file-shape.ts";
import { MAX_CONFIG, readConfig, said } from "./read.ts";

export interface CommandLine {
  command: "check" | "resolve";
  names: readonly string[];
  options: GlobalOptions;
  /** The options that were given, by the names of their values. */
  given: ReadonlySet<string>;
}

export async function configured({ handle, file, path }: OpenConfig, line: CommandLine, io: CommandIo): Promise<Settled> {
  let bytes: Buffer | null;
  try {
    bytes = await readOpen(handle, MAX_CONFIG);
  } catch (error) {
    throw unreadable(quote(file), error);
  }
  if (bytes === null) throw new CommandUsageError(`${quote(file)} has more than ${MAX_CONFIG} bytes: it is not a configuration`);
  let codes: Promise<string[]> | null = null;
  const world = { folder: dirname(path), codes: () => (codes ??= io.engine.rules().then((rules) => rules.map((rule) => rule.code))) };
  return under(line, await readConfig(bytes, file, world), file, io.now());
}

/** Pure. */
export function under(line: CommandLine, config: Config, file: string, now: Date): Settled {
  const { command, names, options, given } = line;
  const today = now.toISOString().slice(0, 10);
  const servers = config.servers ?? [];
  const byName = new Map(servers.map((server) => [server.name, server]));
  const ofAll = given.has("ignore") ? [] : (config.ignore ?? []);
  const runsServers = names.length === 0 && options.fromFile === undefined && options.fromFacts.length === 0;
  /** Ignores for some other run are no news. */
  const concerned = names.length === 0 ? servers : servers.filter(({ name }) => names.includes(name));
  const named =
    (serverName: string | null) =>
    ({ code, place }: ConfiguredIgnore): IgnoredCode => ({ code, said: `${said(file, place)}: ${code}`, serverName });
  const ignored = [
    // What is ignored for all of the servers need not come up at some.
    ...(runsServers || servers.length === 0 ? holding(ofAll, today).map(named(null)) : []),
    ...servers.flatMap((server) => holding(server.ignore ?? [], today).map(named(server.name))),
  ];
  return {
    options: optionsUnder(options, given, config, codes(holding(ofAll, today))),
    ...expectations({ ...config.expect, ...expectationsOf(options) }, new Set()),
    of(serverName) {
      const server: ConfiguredServer | undefined = byName.get(serverName);
      const ignore = codes(holding(server?.ignore ?? [], today));
      return { ...expectations(server?.expect, given), ...(ignore.length > 0 && { ignore }) };
    },
    servers: servers.map(({ name }) => name),
    // Resolution alone finds but a part, and the file is there for the whole check.
    ignored: [...options.ignore.map(fromCommandLine), ...(command === "check" ? ignored : [])],
    notes: [...ofAll, ...concerned.flatMap((server) => server.ignore ?? [])]
      .filter((ignore) => !holds(ignore, today))
      .map((ignore) => overdue(ignore, file)),
    at: (then) => under(line, config, file, then),
  };
}

function codes(ignores: readonly ConfiguredIgnore[]): string[] {
  return ignores.map(({ code }) => code);
}

function holding(ignores: readonly ConfiguredIgnore[], today: string): ConfiguredIgnore[] {
  return ignores.filter((ignore) => holds(ignore, today));
}

/** Days are compared as they are written. */
function holds({ until }: ConfiguredIgnore, today: string): boolean {
  return until === undefined || today <= until;
}

function overdue({ code, reason, until, place }: ConfiguredIgnore, file: string): string {
  return `${said(file, place)}: ${code} was ignored until ${until} and isn't any more; the reason was: ${harmless(reason, 200)}`;
}

function optionsUnder(options: GlobalOptions, given: ReadonlySet<string>, config: Config, ignore: string[]): GlobalOptions {
  const configured: Partial<GlobalOptions> = {
    ignore,
    ...(config.failOn !== undefined && { failOn: config.failOn }),
    ...(config.minCertDays !== undefined && { minCertDays: config.minCertDays }),
    ...(config.timeout !== undefined && { timeout: config.timeout }),
    ...(config.deadline !== undefined && { deadline: config.deadline }),
    ...(config.dnsServers !== undefined && { dnsServer: config.dnsServers }),
    ...(config.authoritative !== undefined && { authoritative: config.authoritative }),
    ...(config.deep === true && { deep: true }),
    ...(config.client === true && { client: true }),
    ...(config.allowPrivate !== undefined && { allowPrivate: config.allowPrivate }),
    ...(config.caFiles !== undefined && { caFile: config.caFiles }),
    ...(config.connectTo !== undefined && { connectTo: config.connectTo }),
    ...(config.zoneFiles !== undefined && { zoneFile: config.zoneFiles }),
    ...(config.wellKnownFile !== undefined && { wellKnownFile: config.wellKnownFile }),
    ...(config.concurrency !== undefined && { concurrency: config.concurrency }),
    ...(config.threads !== undefined && { threads: config.threads }),
  };
  return { ...options, ...Object.fromEntries(Object.entries(configured).filter(([name]) => !given.has(name))) };
}

/** Without what an option of the command line says. */
function expectations({ targets, via, certificateDays }: Expectations = {}, given: ReadonlySet<string>): { expect?: Expectations } {
  const expect: Expectations = {
    ...(targets !== undefined && !given.has("expectTarget") && { targets }),
    ...(via !== undefined && !given.has("expectVia") && { via }),
    ...(certificateDays !== undefined && { certificateDays }),
  };
  return Object.keys(expect).length > 0 ? { expect } : {};
}
