/** The options of the check, which belong to the program as a whole. */
import { type Command, Option } from "commander";
import {
  collect,
  collectReport,
  collectTarget,
  collectVia,
  COLOR_FLAGS,
  FAIL_ON,
  FORMATS,
  MAX_CERT_DAYS,
  MAX_CONCURRENCY,
  MAX_THREADS,
  notEmpty,
  parseDuration,
  parseInterval,
  parseRedact,
  parseShard,
  VIAS,
  wholeNumber,
} from "./options.ts";

/** Of two options with one value, such as --config and --no-config, the one that decided. */
export function givenOptions(program: Command): Option[] {
  return program.options.filter((option) => {
    const name = option.attributeName();
    return program.getOptionValueSource(name) === "cli" && option.negate === (program.getOptionValue(name) === false);
  });
}

export function addOptions(program: Command): void {
  const repeatable = (flags: string, description: string): Option =>
    new Option(flags, `${description}; repeatable`).argParser(collect).default([], "none");
  const duration = (flags: string, description: string, ms: number, text: string): Option =>
    new Option(flags, description).argParser(parseDuration).default(ms, text);
  for (const option of [
    new Option("-f, --format <name>", "what goes to stdout").choices(FORMATS).default("pretty"),
    new Option("--report <format=file>", "also write that format to a file; repeatable").argParser(collectReport).default([], "none"),
    new Option("-q, --quiet", "print only the verdict lines (default: off)"),
    new Option("-v, --verbose", "print all the evidence: every hop, header, certificate, DNS answer (default: off)"),
    new Option("--color <when>", "colours; auto honours NO_COLOR, FORCE_COLOR, CI and pipes; --no-color is never")
      .choices(COLOR_FLAGS)
      .default("auto"),
    new Option("--no-progress", "no progress line on stderr (default: one if stderr is a terminal, not in CI)"),
    new Option("--fail-on <severity>", "which severity makes exit code 1").choices(FAIL_ON).default("error"),
    repeatable("--ignore <code>", "drop a finding, for example tls/expiring"),
    duration("--timeout <duration>", "time for one network operation", 10_000, "10s"),
    duration("--deadline <duration>", "time for one server name, all in all", 30_000, "30s"),
    repeatable("--dns-server <address>", "resolver to ask instead of the system's: address[:port], tls://host or https://url").default(
      [],
      "the system's",
    ),
    new Option("--deep", "also send an unsigned PUT to the federation API, to find filters that allow only GET (default: off)"),
    new Option(
      "--client",
      "also check /.well-known/matrix/client, the client API that it names, and /.well-known/matrix/support (default: off)",
    ),
    new Option("--no-authoritative", "don't ask the zones' nameservers directly (default: they are asked)"),
    repeatable("--ca-file <pem>", "file of additional trusted roots"),
    new Option("-4", "only IPv4 (default: both families)"),
    new Option("-6", "only IPv6 (default: both families)"),
    new Option("--allow-private", "private, loopback and reserved addresses are not a finding (default: off)"),
    repeatable("--connect-to <host:port:address:port>", "connect to that address instead, like curl's option"),
    repeatable(
      "--zone-file <file[@origin]>",
      "names inside that zone are answered from this file, everything else from real DNS; a folder stands for its zone files, - for stdin",
    ),
    repeatable(
      "--against <file|live>",
      "with --zone-file: say what the change does, compared with these zone files or folders (before the change), or with live DNS (for a file named live: ./live)",
    ),
    new Option("--well-known-file <file>", "use this file as the answer of /.well-known/matrix/server (default: fetch it)").argParser(
      notEmpty,
    ),
    new Option("--expect-target <host:port>", "where the route must lead; repeatable, then it must lead to all of them")
      .argParser(collectTarget)
      .default([], "anywhere"),
    new Option("--expect-via <way>", `how the route must be found: ${VIAS.join(", ")}; repeatable, then one of these ways`)
      .argParser(collectVia)
      .default([], "any"),
    new Option("--min-cert-days <n>", "warn when a certificate has fewer days left (default: 14)").argParser(wholeNumber(0, MAX_CERT_DAYS)),
    new Option("--wait <duration>", "check again until it passes or this time is over; for each name (default: one check)").argParser(
      parseDuration,
    ),
    new Option(
      "--watch <interval>",
      "check again and again until interrupted, at least 1s from start to start, and print only changes; -f pretty or ndjson; --report files are written again after every round (default: off)",
    ).argParser(parseInterval),
    new Option(
      "--on-change <command>",
      "with --watch: shell command to run for each change (not for the first state), with the ndjson line on its standard input; 60s at most (default: none)",
    ).argParser(notEmpty),
    new Option(
      "--config <file>",
      "configuration file (default: matrix-delegation-check.json in the working directory, if there is one)",
    ).argParser(notEmpty),
    new Option("--no-config", "read no configuration file"),
    new Option("--from-file <file>", "read server names from a file, - is stdin (default: none)").argParser(notEmpty),
    new Option("--concurrency <n>", "names checked at once").argParser(wholeNumber(1, MAX_CONCURRENCY)).default(16),
    new Option(
      "--threads <n>",
      "many names: on so many processor cores; --concurrency is that of all together (default: all cores, at most 8; 1 for fewer than 50 names)",
    ).argParser(wholeNumber(1, MAX_THREADS)),
    new Option(
      "--shard <i/n|auto>",
      "check only the i-th of n parts of the names; a hash of the name chooses its part; auto, or auto/n: the part is in the environment of the Kubernetes Indexed Job, Slurm array or GitLab job (default: all)",
    ).argParser(parseShard),
    new Option(
      "--resume <ndjson>",
      "leave out the names that have a verdict in this earlier ndjson output; append to it with >> (default: none)",
    ).argParser(notEmpty),
    new Option(
      "--redact [=all]",
      "for sharing in public: replace addresses, everything of this machine, other names than the checked one, key ids and the like, in every format and in saved facts; =all: the checked name, too (default: off)",
    ).argParser(parseRedact),
    new Option("--save-facts <file>", "save the evidence, one JSON line for each name (default: off)").argParser(notEmpty),
    repeatable(
      "--from-facts <file>",
      "judge saved evidence again, without a network: facts, or json or ndjson output; several files give one report, in their order",
    ),
  ]) {
    program.addOption(option);
  }
}
