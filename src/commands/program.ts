/** The command line as commander sees it, and its help, which is the documentation. Decides nothing but what was written. */
import { Argument, Command, CommanderError, Option } from "commander";
import { SERVE_WITH, type ServeWith } from "../advice/well-known.ts";
import { tool } from "../tool.ts";
import type { OutStream } from "./io.ts";
import { PROGRAM } from "./program-name.ts";
import {
  collect,
  collectReport,
  collectTarget,
  collectVia,
  COLOR_FLAGS,
  FAIL_ON,
  FORMATS,
  type GlobalOptions,
  MAX_CERT_DAYS,
  MAX_CONCURRENCY,
  notEmpty,
  parseDuration,
  parseInterval,
  parseRedact,
  parseShard,
  VIAS,
  wholeNumber,
} from "./options.ts";

import { parseListen } from "./serve/listen-place.ts";
import type { ServeOptions } from "./serve/serve.ts";

export { CommanderError, tool };

/** What was asked for. */
export type Invocation =
  | {
      command: "check" | "resolve";
      names: string[];
      options: GlobalOptions;
      /** The options that were given, by the names of their values. */ given: ReadonlySet<string>;
    }
  | {
      command: "explain";
      code: string | undefined;
      json: boolean;
      options: GlobalOptions;
      /** Options of the check that were given. */ stray: string[];
    }
  | { command: "plan"; name: string; own: PlanFlags; options: GlobalOptions; given: ReadonlySet<string>; stray: string[] }
  | { command: "serve"; own: ServeOptions; options: GlobalOptions; stray: string[] }
  | { command: "completion"; shell: Shell; stray: string[] }
  | { command: typeof CANDIDATES; shell: Shell; words: string[] };

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Asked by the completion scripts, not by people. */
export const CANDIDATES = "completion-candidates";

/** As commander hands them over. */
export interface PlanFlags {
  /** It must be there; without it the message gives an example. */
  to?: string;
  with?: ServeWith;
  srv?: true;
  json?: true;
  offline?: true;
}

/** The check's options that a plan has use for: they say how to look at what is there today. */
export const PLAN_TAKES = [
  "--dns-server",
  "--connect-to",
  "--ca-file",
  "--allow-private",
  "--timeout",
  "--deadline",
  "-4",
  "-6",
  "--no-progress",
  "--color",
] as const;

/** The same of `serve`. */
export const SERVE_TAKES = [
  "--allow-private",
  "--concurrency",
  "--timeout",
  "--deadline",
  "--dns-server",
  "--no-authoritative",
  "--ca-file",
  "-4",
  "-6",
  "--connect-to",
  "--min-cert-days",
  "--color",
] as const;

// No line of it is wider than 80 columns, but for the commands that can't be shorter.
const AFTER_HELP = `
Durations are a number with a unit: 500ms, 10s, 5m (at most 24 hours, 1440m).
An input file holds one server name a line; "#" begins a comment, blank lines
are skipped, and a bad name is that name's failure only.
A name that is given more than once is checked once.
--resume checks again what was inconclusive, and what something else was
expected of; the exit code is that of all names, the finished ones included.

Examples:
  ${PROGRAM} example.com             check, report for people
  ${PROGRAM} resolve example.com     only where homeservers connect
  ${PROGRAM} -f json example.com | jq .totals
  ${PROGRAM} --from-file names.txt -f ndjson --concurrency 64
  ${PROGRAM} --from-file names.txt --shard 2/4  second of four jobs
  ${PROGRAM} --from-file names.txt -f ndjson --resume results.ndjson >> results.ndjson
  ${PROGRAM} --fail-on warning --min-cert-days 21 example.com
  ${PROGRAM} --connect-to matrix.example.com:443:192.0.2.7:443 example.com
  ${PROGRAM} --wait 10m example.com  after a change: until it shows
  ${PROGRAM} --save-facts facts.jsonl example.com
  ${PROGRAM} --from-facts facts.jsonl -v  judge it again, offline
  ${PROGRAM} --watch 5m --report prometheus=matrix.prom example.com
  ${PROGRAM} explain tls/expired     what it means, how to fix it
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with nginx
                                              what to publish for a delegation

Exit codes:
  0    no finding at or above --fail-on
  1    at least one such finding
  2    usage: a bad option or server name, a bad input or configuration file
  3    inconclusive: this machine could not find out, or an internal error
  129  ended by SIGHUP: the terminal is gone
  130  interrupted, as every --watch ends
  143  ended by SIGTERM
With several names: 2 over 1 over 3 over 0. -f nagios has the plugins' own:
0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

Environment:
  NO_COLOR, FORCE_COLOR, CI            colour and progress; --color wins
  SSL_CERT_FILE, NODE_EXTRA_CA_CERTS   files of trusted roots, as --ca-file
  GITHUB_STEP_SUMMARY                  where -f github also adds its job summary
`;

const PLAN_HELP = `
What is there today is looked at first, for 6s at most (--deadline, --timeout,
--dns-server, --connect-to, --ca-file, --allow-private, -4 and -6 are the
check's), and each step says what is done already. Without a network the plan
is printed all the same, and says so.

Examples:
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with nginx
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with static
  ${PROGRAM} plan example.com --to example.com:443 --with synapse
  ${PROGRAM} plan example.com --to hs.example.net:8448 --srv
  ${PROGRAM} plan example.com --to matrix.example.com:443 --with apache --offline
  ${PROGRAM} plan example.com --to matrix.example.com:443 --json | jq -r .files[0].body
`;

const SERVE_HELP = `
Of the check's options it takes these, before or behind the command's name:
  --concurrency, --timeout, --deadline, --dns-server, --no-authoritative,
  --ca-file, -4, -6, --connect-to, --min-cert-days, --allow-private

Only public addresses and usual ports are connected to, whatever a visitor
names, unless --allow-private is given. Sockets that systemd hands over take
the place of --listen.

What it answers to:
  /  /example.com                  the page, and the report of a name
  /api/report?server_name=         the report as the official tester has it
  /api/federation-ok?server_name=  GOOD or BAD
  /api/v1/check?server_name=       the report; &format=text or markdown
  /probe?target=                   metrics for Prometheus
  /badge/example.com.json          a badge for Shields
  /metrics  /healthz               of the service itself
&no_cache=true asks anew; else an answer of the last minute may come.

Examples:
  ${PROGRAM} serve
  ${PROGRAM} serve --listen unix:/run/mdc/serve.sock --trusted-proxy unix
  ${PROGRAM} serve --listen [::]:8700 --allow-private --rate 0
`;

const COMPLETION_HELP = `
Completes commands, options, their values, finding codes and files. Install it:
  bash  in ~/.bashrc:
        eval "$(${PROGRAM} completion bash)"
  zsh   in ~/.zshrc, after compinit:
        eval "$(${PROGRAM} completion zsh)"
  fish  in ~/.config/fish/config.fish:
        ${PROGRAM} completion fish | source

Or write what it prints to the file that the shell reads at the first Tab:
  bash  ~/.local/share/bash-completion/completions/${PROGRAM}
        (if the package bash-completion is installed)
  zsh   _${PROGRAM} in a folder of $fpath
  fish  ~/.config/fish/completions/${PROGRAM}.fish
`;

/** Below this, commander doesn't break the texts of options at all; a terminal of 80 columns leaves 38 of them. */
const HELP = { minWidthToWrap: 30 };

/** A program whose actions call `chosen`, and which throws CommanderError instead of ending the process. */
export function buildProgram(
  version: string,
  stdout: OutStream,
  writeOut: (text: string) => void,
  chosen: (invocation: Invocation) => void,
): Command {
  const program = new Command(PROGRAM);
  program
    .description(
      "Checks Matrix federation delegation as a homeserver would: well-known, SRV, addresses, TLS, version, signing keys.\nNames the root cause and prints the fix.",
    )
    .usage(
      "[check|resolve] [options] <server-name...>\n       matrix-delegation-check plan <server-name> --to <host[:port]> [options]\n       matrix-delegation-check serve [options]\n       matrix-delegation-check explain [code] [--json]\n       matrix-delegation-check completion <bash|zsh|fish>",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => (stdout.isTTY === true ? Math.min(120, Math.max(80, stdout.columns ?? 80)) : 100),
    })
    .configureHelp(HELP)
    .addHelpText("after", AFTER_HELP);
  addOptions(program);

  // The options belong to the program, so that they are understood before and after the command's name.
  const options = (): GlobalOptions => program.opts<GlobalOptions>();
  /** Of the check, given to a command that has no use for them. */
  const stray = (taken: readonly string[] = ["--color"]): string[] =>
    givenOptions(program)
      .map((option) => option.long ?? option.short ?? "")
      .filter((flag) => !taken.includes(flag));
  for (const [command, description] of [
    ["check", "the check; the default command"],
    [
      "resolve",
      "resolution only: where a homeserver would connect, with Host, SNI and the step of the specification; nothing is asked of the homeserver",
    ],
  ] as const) {
    program
      .command(`${command} [server-name...]`, { isDefault: command === "check" })
      .description(description)
      .usage("[options] <server-name...>")
      .configureHelp({ ...HELP, showGlobalOptions: true })
      .action((names: string[]) =>
        chosen({ command, names, options: options(), given: new Set(givenOptions(program).map((option) => option.attributeName())) }),
      );
  }
  program
    .command("explain [code]")
    .description("what a finding means, who is affected, how to fix it; without a code the list of all findings")
    .option("--json", "for machines")
    .action((code: string | undefined, own: { json?: true }) =>
      chosen({ command: "explain", code, json: own.json === true, options: options(), stray: stray() }),
    );
  program
    .command("plan <server-name>")
    .description(
      "what to do for a delegation, step by step: DNS, certificates, server configuration, the file or the SRV records to publish, and the commands that verify it",
    )
    .option("--to <host[:port]>", "where the homeserver is; port 443 is best, none means SRV and then 8448", notEmpty)
    .addOption(new Option("--with <server>", "print the configuration of this web server, proxy or host").choices(SERVE_WITH))
    .option("--srv", "by SRV records instead of a well-known file (not recommended; the port is 8448 if --to has none)")
    .option("--offline", "ask nobody what is there today: all steps, for a server of which nothing is there yet")
    .option("--json", "for machines")
    .addHelpText("after", PLAN_HELP)
    .action((name: string, own: PlanFlags) =>
      chosen({
        command: "plan",
        name,
        own,
        options: options(),
        given: new Set(givenOptions(program).map((option) => option.attributeName())),
        stray: stray(PLAN_TAKES),
      }),
    );
  program
    .command("serve")
    .description("the same check as a web page, a JSON API and a Prometheus probe, for whoever hosts a tester")
    .usage("[options]")
    .option("--listen <address:port>", "where to listen, or unix:<path> (default: 127.0.0.1:8700)", parseListen)
    .addOption(
      new Option("--rate <n>", "checks a minute for each client and for each name, 0 for no limit")
        .argParser(wholeNumber(0, 100_000))
        .default(10),
    )
    .addOption(
      new Option(
        "--trusted-proxy <address>",
        "address or network of a reverse proxy whose X-Forwarded-For is believed, unix for a Unix socket; repeatable",
      )
        .argParser(collect)
        .default([], "none"),
    )
    .addHelpText("after", SERVE_HELP)
    .action((own: ServeOptions) => chosen({ command: "serve", own, options: options(), stray: stray(SERVE_TAKES) }));
  program
    .command("completion")
    .addArgument(new Argument("<bash|zsh|fish>").choices(SHELLS))
    .description("print the script that completes this command line in a shell; its --help says how to install it")
    .addHelpText("after", COMPLETION_HELP)
    .action((shell: Shell) => chosen({ command: "completion", shell, stray: stray() }));
  program
    .command(CANDIDATES, { hidden: true })
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .argument("[words...]")
    .action((shell: Shell, words: string[]) => chosen({ command: CANDIDATES, shell, words }));
  return program;
}

/** Of two options with one value, such as --config and --no-config, the one that decided. */
function givenOptions(program: Command): Option[] {
  return program.options.filter((option) => {
    const name = option.attributeName();
    return program.getOptionValueSource(name) === "cli" && option.negate === (program.getOptionValue(name) === false);
  });
}

function addOptions(program: Command): void {
  const repeatable = (flags: string, description: string): Option =>
    new Option(flags, `${description}; repeatable`).argParser(collect).default([], "none");
  const duration = (flags: string, description: string, ms: number, text: string): Option =>
    new Option(flags, description).argParser(parseDuration).default(ms, text);
  for (const option of [
    new Option("-f, --format <name>", "what goes to stdout").choices(FORMATS).default("pretty"),
    new Option("--report <format=file>", "also write that format to a file; repeatable").argParser(collectReport).default([], "none"),
    new Option("-q, --quiet", "only the verdict lines (default: off)"),
    new Option("-v, --verbose", "all the evidence: every hop, header, certificate, DNS answer (default: off)"),
    new Option("--color <when>", "colours; auto honours NO_COLOR, FORCE_COLOR, CI and pipes; --no-color is never")
      .choices(COLOR_FLAGS)
      .default("auto"),
    new Option("--no-progress", "no progress line on stderr (default: one if stderr is a terminal, not in CI)"),
    new Option("--fail-on <severity>", "which severity makes exit code 1").choices(FAIL_ON).default("error"),
    repeatable("--ignore <code>", "drop a finding, for example tls/expiring"),
    duration("--timeout <duration>", "for one network operation", 10_000, "10s"),
    duration("--deadline <duration>", "for one server name, all in all", 30_000, "30s"),
    repeatable("--dns-server <address>", "resolver to ask instead of the system's: address[:port], tls://host or https://url").default(
      [],
      "the system's",
    ),
    new Option("--deep", "also send an unsigned PUT to the federation API, which finds filters that let only GET through (default: off)"),
    new Option(
      "--client",
      "also check /.well-known/matrix/client, the client API that it names, and /.well-known/matrix/support (default: off)",
    ),
    new Option("--no-authoritative", "don't ask the zones' nameservers themselves (default: they are asked, beside the rest)"),
    repeatable("--ca-file <pem>", "file of additional trusted roots"),
    new Option("-4", "only IPv4 (default: both families)"),
    new Option("-6", "only IPv6 (default: both families)"),
    new Option("--allow-private", "private, loopback and reserved addresses are no finding (default: off)"),
    repeatable("--connect-to <host:port:address:port>", "connect there instead, as curl does"),
    repeatable(
      "--zone-file <file[@origin]>",
      "names inside that zone are answered from this file, everything else from real DNS; a folder stands for its zone files, - for stdin",
    ),
    repeatable(
      "--against <file|live>",
      "with --zone-file: say what the change does, compared with these zone files or folders as they were, or with live DNS (a file of that name is ./live)",
    ),
    new Option("--well-known-file <file>", "use this body as the answer of /.well-known/matrix/server (default: ask for it)").argParser(
      notEmpty,
    ),
    new Option("--expect-target <host:port>", "where the route must lead; repeatable, then to all of them")
      .argParser(collectTarget)
      .default([], "anywhere"),
    new Option("--expect-via <way>", `how the route must be found: ${VIAS.join(", ")}; repeatable, then in one of these ways`)
      .argParser(collectVia)
      .default([], "any"),
    new Option("--min-cert-days <n>", "days under which a certificate is about to expire (default: 14)").argParser(
      wholeNumber(0, MAX_CERT_DAYS),
    ),
    new Option("--wait <duration>", "keep checking until it passes or the time is up; for each name (default: one check)").argParser(
      parseDuration,
    ),
    new Option(
      "--watch <interval>",
      "keep checking until interrupted, at least 1s from start to start, and print only what changes; -f pretty or ndjson, --report files are written anew after every round (default: off)",
    ).argParser(parseInterval),
    new Option(
      "--on-change <command>",
      "with --watch: run by the shell for each change, not for the first state, with the ndjson line on its standard input, 60s at most (default: none)",
    ).argParser(notEmpty),
    new Option(
      "--config <file>",
      "configuration file (default: matrix-delegation-check.json in the working directory, if there is one)",
    ).argParser(notEmpty),
    new Option("--no-config", "read no configuration file"),
    new Option("--from-file <file>", "read server names from a file, - is stdin (default: none)").argParser(notEmpty),
    new Option("--concurrency <n>", "names checked at once").argParser(wholeNumber(1, MAX_CONCURRENCY)).default(16),
    new Option("--shard <i/n>", "only the i-th of n parts of the names, chosen by each name itself (default: all)").argParser(parseShard),
    new Option(
      "--resume <ndjson>",
      "leave out the names that this earlier ndjson output has a verdict for; append to it with >> (default: none)",
    ).argParser(notEmpty),
    new Option(
      "--redact [=all]",
      "for sharing in public: stand-ins for addresses, this machine's own, other names than the checked one, key ids and the like, in every format and in saved facts; =all: for the checked name, too (default: off)",
    ).argParser(parseRedact),
    new Option("--save-facts <file>", "record the evidence, a JSON line a name (default: off)").argParser(notEmpty),
    new Option(
      "--from-facts <file>",
      "judge recorded evidence again, without a network: facts, or json or ndjson output (default: off)",
    ).argParser(notEmpty),
  ]) {
    program.addOption(option);
  }
}
