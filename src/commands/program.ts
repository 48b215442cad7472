/** The command line as commander sees it, and its help, which is the documentation. Decides nothing but what was written. */
import { Argument, Command, CommanderError, Option } from "commander";
import { SERVE_WITH } from "../advice/well-known.ts";
import { tool } from "../tool.ts";
import type { OutStream } from "./io.ts";
import { PROGRAM } from "./program-name.ts";
import { AFTER_HELP, COMPLETION_HELP, PLAN_HELP, SERVE_HELP } from "./help-texts.ts";
import { addOptions, givenOptions } from "./global-options.ts";
import { CANDIDATES, type Invocation, PLAN_TAKES, type PlanFlags, SERVE_TAKES, type Shell, SHELLS } from "./invocation.ts";
import { collect, notEmpty, wholeNumber, type GlobalOptions } from "./options.ts";

import { parseListen } from "./serve/listen-place.ts";
import type { ServeOptions } from "./serve/serve.ts";

export { CommanderError, tool };

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
      "resolution only: where a homeserver would connect, with Host, SNI and the step of the specification; sends no request to the homeserver",
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
    .option("--to <host[:port]>", "where the homeserver is; port 443 is best; without a port: SRV, then 8448", notEmpty)
    .addOption(new Option("--with <server>", "print the configuration of this web server, proxy or host").choices(SERVE_WITH))
    .option("--srv", "by SRV records instead of a well-known file (not recommended; the port is 8448 if --to has none)")
    .option("--offline", "don't look at what is there today: all steps, for a new server")
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
    .description("run a tester: the same check as a web page, a JSON API and a Prometheus probe")
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
        "address or network of a reverse proxy whose X-Forwarded-For is trusted, unix for a Unix socket; repeatable",
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
