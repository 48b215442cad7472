/** The configuration file: every property, what it may be and what it means. The reader and schema/config.schema.json come from this. */
import { isAbsolute, join } from "node:path";
import type { Expectations } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import type { Via } from "../../facts/way.ts";
import { parseZoneFileOption } from "../../zone/option.ts";
import { FAIL_ON, type FailOn } from "../exit-code.ts";
import { unknownCode } from "../unknown-code.ts";
import { DURATION, MAX_CERT_DAYS, MAX_CONCURRENCY, MAX_THREADS, parseDuration, VIAS } from "../options.ts";
import { quote } from "../usage.ts";
import { nameProblem } from "../many/valid-names.ts";
import type { Place, World } from "./reading.ts";
import { checked, list, named, object, oneOf, oneOrMore, type Shape, text, textOrObject, through, wholeNumber, yesOrNo } from "./shape.ts";

/** What the file says, checked. */
export interface Config {
  $schema?: string;
  servers?: ConfiguredServer[];
  expect?: Expectations;
  ignore?: ConfiguredIgnore[];
  failOn?: FailOn;
  minCertDays?: number;
  /** Milliseconds. */
  timeout?: number;
  deadline?: number;
  dnsServers?: string[];
  authoritative?: boolean;
  deep?: boolean;
  client?: boolean;
  allowPrivate?: boolean;
  /** Paths as this process opens them; so are the two below. */
  caFiles?: string[];
  connectTo?: string[];
  zoneFiles?: string[];
  wellKnownFile?: string;
  concurrency?: number;
  threads?: number;
}

export interface ConfiguredServer {
  name: string;
  expect?: Expectations;
  ignore?: ConfiguredIgnore[];
}

export interface ConfiguredIgnore {
  code: string;
  reason: string;
  /** `2027-01-31`: it holds until the end of that day, UTC. Absent: for good. */
  until?: string;
  place: Place;
}

/** Of what is looked at for every name, or opened. */
const MAX_LISTED = 1000;

const anyText = text({ wanted: "a string", read: (value) => value });

const serverName = text({
  wanted: "a server name",
  schema: { examples: ["example.com"] },
  problem: (value) => nameProblem(value),
  read: (value) => value,
});

const duration = text({
  wanted: 'a duration such as "10s"',
  schema: { pattern: DURATION.source, examples: ["500ms", "10s", "5m"] },
  problem(value) {
    try {
      parseDuration(value);
      return null;
    } catch (error) {
      return `is no such duration: ${sentencePart(error)}`;
    }
  },
  read: parseDuration,
});

/** RFC 3339, full-date. */
const day = text({
  wanted: 'a date such as "2027-01-31"',
  schema: { format: "date", examples: ["2027-01-31"] },
  problem: (value) => (isDay(value) ? null : "is no date: write year, month and day, such as 2027-01-31"),
  read: (value) => value,
});

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

const code = text({
  wanted: "the code of a finding",
  schema: ({ codes }) => ({ enum: codes }),
  read: (value) => value,
  async check(value, world) {
    const known = await world.codes();
    return known.includes(value) ? null : unknownCode(value, known);
  },
});

const reason = text({
  wanted: "the reason",
  schema: { pattern: "\\S" },
  problem: (value) => (/\S/.test(value) ? null : "says nothing: write why the finding is dropped"),
  read: (value) => value,
});

const ignore: Shape<ConfiguredIgnore[]> = list(
  named(
    "Ignore",
    through(
      object<Omit<ConfiguredIgnore, "place">>({
        code: { description: "The code of the finding, as in the report", shape: code, required: true },
        reason: { description: "Why it is dropped, for those who read this file", shape: reason, required: true },
        until: { description: "The last day (UTC) on which it is dropped; without it, it always is", shape: day },
      }),
      (value, place) => ({ ...value, place }),
    ),
  ),
  { key: (out) => out.code },
);

const target = text({
  wanted: 'a target such as "matrix.example.com:443"',
  schema: { pattern: ":[0-9]{1,5}$", examples: ["matrix.example.com:443", "[2001:db8::1]:8448"] },
  problem(value) {
    const problem = nameProblem(value, "host:port");
    if (problem !== null) return problem;
    const parsed = parseServerName(value);
    return parsed.ok && parsed.name.port !== null
      ? null
      : `has no port: write host:port, such as ${value.length > 60 ? "matrix.example.com" : value}:8448`;
  },
  read: (value) => value,
});

const expect: Shape<Expectations> = named(
  "Expectations",
  through(
    object<{ target?: string[]; via?: Via[]; certificateDays?: number }>({
      target: { description: "host:port, one or several: the route leads to these and to no others", shape: oneOrMore(target) },
      via: { description: "The route is found in this way, or in one of these", shape: oneOrMore(oneOf(VIAS)) },
      certificateDays: {
        description: "Every certificate that homeservers look at is good for so many days at least",
        shape: wholeNumber(0, MAX_CERT_DAYS),
      },
    }),
    ({ target: targets, ...rest }) => ({ ...(targets !== undefined && { targets }), ...rest }),
  ),
);

const server: Shape<ConfiguredServer> = textOrObject(
  through(serverName, (name) => ({ name })),
  object<ConfiguredServer>({
    name: { description: "The server name, as in user ids", shape: serverName, required: true },
    expect: { description: "What must hold for this server; what it leaves out is as for all", shape: expect },
    ignore: { description: "Findings of this server that are dropped, besides those of all", shape: ignore },
  }),
  "a server name, or an object with it,",
);

/** Relative to the folder of the file. */
function inFolder(file: string, { folder }: World): string {
  return isAbsolute(file) ? file : join(folder, file);
}

const caFile = text({
  wanted: "the path of a file",
  read: inFolder,
  check: async (file) => about(file, await (await import("../roots.ts")).rootsProblem(file)),
});

const zoneFile = text({
  wanted: "the path of a file (with @origin or without)",
  read(value, world) {
    const { file, origin } = parseZoneFileOption(value);
    return inFolder(file, world) + (origin === null ? "" : `@${origin}`);
  },
  check: async (value) => about(parseZoneFileOption(value).file, await (await import("../plan/planned.ts")).zoneFileProblem(value)),
});

const wellKnownFile = text({
  wanted: "the path of a file",
  read: inFolder,
  check: async (file) => about(file, await (await import("../plan/planned.ts")).wellKnownFileProblem(file)),
});

/** The path as it is opened, which tells where relative ones begin. */
function about(file: string, problem: string | null): string | null {
  return problem === null ? null : `${quote(file)} ${problem}`;
}

const dnsServer = text({
  wanted: "a resolver",
  schema: { examples: ["192.0.2.53", "tls://dns.example", "https://dns.example/dns-query"] },
  read: (value) => value,
  check: async (value) => (await import("../../check.ts")).resolverProblem(value),
});

const connection = text({
  wanted: "host:port:address:port",
  schema: { examples: ["matrix.example.com:443:192.0.2.7:443"] },
  read: (value) => value,
  check: async (value) => (await import("../../check.ts")).connectToProblem([value]),
});

/** Entries for the same host and port may contradict each other. */
const connections = checked(list(connection, { most: MAX_LISTED }), async (all) => (await import("../../check.ts")).connectToProblem(all));

export const configShape: Shape<Config> = object<Config>({
  $schema: { description: "Where this schema is, for editors", shape: anyText },
  servers: {
    description: "The servers that are checked when no name is given on the command line",
    shape: list(server, { key: ({ name }) => name }),
  },
  expect: {
    description: "What must hold for every server besides that federation works; findings policy/* when it doesn't",
    shape: expect,
  },
  ignore: { description: "Findings of any server that are dropped (--ignore)", shape: ignore },
  failOn: { description: "Which severity makes exit code 1 (--fail-on)", shape: oneOf(FAIL_ON) },
  minCertDays: { description: "Days under which a certificate is about to expire (--min-cert-days)", shape: wholeNumber(0, MAX_CERT_DAYS) },
  timeout: { description: "For one network operation (--timeout)", shape: duration },
  deadline: { description: "For one server name, all in all (--deadline)", shape: duration },
  dnsServers: {
    description: "Resolvers to ask instead of the system's: address[:port], tls://host or https://url (--dns-server)",
    shape: list(dnsServer, { most: MAX_LISTED }),
  },
  authoritative: { description: "False: the zones' nameservers aren't asked themselves (--no-authoritative)", shape: yesOrNo },
  deep: { description: "True: an unsigned PUT is sent to the federation API too (--deep)", shape: yesOrNo },
  client: {
    description: "True: what clients need is checked too: /.well-known/matrix/client, its base URL, /.well-known/matrix/support (--client)",
    shape: yesOrNo,
  },
  allowPrivate: { description: "True: private, loopback and reserved addresses are no finding (--allow-private)", shape: yesOrNo },
  caFiles: {
    description: "Files of additional trusted roots, PEM, relative to this file (--ca-file)",
    shape: list(caFile, { most: MAX_LISTED }),
  },
  connectTo: { description: "Connect there instead, as curl does (--connect-to)", shape: connections },
  zoneFiles: {
    description: "Names inside these zones are answered from the files, relative to this file (--zone-file)",
    shape: list(zoneFile, { most: MAX_LISTED }),
  },
  wellKnownFile: {
    description: "The body that is taken for the answer of /.well-known/matrix/server, relative to this file (--well-known-file)",
    shape: wellKnownFile,
  },
  concurrency: { description: "Names checked at once (--concurrency)", shape: wholeNumber(1, MAX_CONCURRENCY) },
  threads: { description: "Processor cores for many names (--threads)", shape: wholeNumber(1, MAX_THREADS) },
});

/** A message of an option's parser, as part of another sentence. */
function sentencePart(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, 1).toLowerCase() + message.slice(1).replace(/\.$/, "");
}
