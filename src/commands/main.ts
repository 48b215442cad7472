/**
 * From the arguments to the exit code: reads the command line, runs the command, turns every error into one line. Loads what it needs,
 * when.
 */
import type { ExitCode } from "./exit-code.ts";
import type { CommandIo } from "./io.ts";
import { interruptionCode } from "./interruption.ts";
import { type Invocation, PLAN_TAKES, SERVE_TAKES } from "./invocation.ts";
import { ReaderGone, sinkOf } from "./output/sink.ts";
import { CommandUsageError, errorLine, isUsageError } from "./usage.ts";
import { COMMANDS, refuseInvalidNames, refuseMistypedCommand, unknownCommand } from "./many/valid-names.ts";

/**
 * @param argv Without node and the script.
 * @returns The exit code; never rejects. Nothing of the process is touched but what `io` holds.
 */
export async function main(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  try {
    refuseEarly(argv);
  } catch (error) {
    const line = errorLine(error);
    if (io.writeOnlyLine === undefined) io.stderr.write(line);
    else io.writeOnlyLine(line);
    return isUsageError(error) ? 2 : 3;
  }
  try {
    const read = await readCommandLine(argv, io);
    if (typeof read === "string") return await print(read, io);
    const code = await runCommand(read, io);
    return io.signal.aborted && io.endsByItself !== true ? interruptionCode(io.signal) : code;
  } catch (error) {
    io.stderr.write(errorLine(error));
    if (wantsNagios(argv)) return await unknownToNagios(error, io);
    return isUsageError(error) ? 2 : 3;
  }
}

/** The command line may be what can't be read, so that the format is looked for in its words. */
function wantsNagios(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.some((word, index) =>
    word === "-f" || word === "--format" ? words[index + 1] === "nagios" : /^(?:-f|--format=)nagios$/.test(word),
  );
}

/** A plugin that can't say anything says UNKNOWN, on standard output: monitoring reads nothing else, and 2 means CRITICAL there. */
async function unknownToNagios(error: unknown, io: CommandIo): Promise<ExitCode> {
  const { nagiosUnknown } = await import("../report/nagios.ts");
  const lines = errorLine(error).trimEnd().split("\n");
  await print(nagiosUnknown(lines.map((line) => line.replace(/^error: /, "")).join(", ")), io).catch(() => {});
  return 3;
}

/** Nothing but names, and one of them is none: to say so takes neither commander nor the checker. The full reading comes to the same. */
function refuseEarly(argv: readonly string[]): void {
  const [first] = argv;
  if (first === undefined || argv.some((argument) => argument.startsWith("-"))) return;
  if (COMMANDS.includes(first) && first !== "check" && first !== "resolve") return;
  refuseMistypedCommand(first, argv.length);
  refuseInvalidNames(first === "check" || first === "resolve" ? argv.slice(1) : argv);
}

async function runCommand(invocation: Invocation, io: CommandIo): Promise<ExitCode> {
  switch (invocation.command) {
    case "check":
    case "resolve": {
      if (invocation.options.watch !== undefined) {
        const [{ runWatch }, { tool }] = await Promise.all([import("./watch/watch.ts"), import("./program.ts")]);
        return await runWatch(invocation, tool, io);
      }
      const [{ runCheck }, { tool }] = await Promise.all([import("./check.ts"), import("./program.ts")]);
      return await runCheck(invocation, tool, io);
    }
    case "explain": {
      const { code, json, options, stray } = invocation;
      if (stray.length > 0) throw new CommandUsageError(`explain takes --json and --color only: leave out ${stray.join(", ")}`);
      const { explain } = await import("./explain.ts");
      return await print(await explain({ code, json, color: options.color }, io), io);
    }
    case "plan": {
      const { name, own, options, given, stray } = invocation;
      if (stray.length > 0) {
        throw new CommandUsageError(
          `plan takes --to, --with, --srv, --offline, --json, ${PLAN_TAKES.slice(0, -1).join(", ")} and --color only: leave out ${stray.join(", ")}`,
        );
      }
      const { plan } = await import("./plan/plan.ts");
      return await print(
        await plan(
          {
            serverName: name,
            to: own.to ?? null,
            with: own.with ?? null,
            srv: own.srv === true,
            offline: own.offline === true,
            json: own.json === true,
            options,
            given,
          },
          io,
        ),
        io,
      );
    }
    case "serve": {
      const { own, options, stray } = invocation;
      if (stray.length > 0) {
        throw new CommandUsageError(
          `serve takes its own options, ${SERVE_TAKES.slice(0, -1).join(", ")} and --color only: leave out ${stray.join(", ")}`,
        );
      }
      const [{ serve }, { tool }] = await Promise.all([import("./serve/serve.ts"), import("./program.ts")]);
      return await serve(own, options, tool, io);
    }
    case "completion": {
      const { shell, stray } = invocation;
      if (stray.length > 0) throw new CommandUsageError(`completion takes no options: leave out ${stray.join(", ")}`);
      const { completionScript } = await import("./completion/completion.ts");
      return await print(completionScript(shell, io.self), io);
    }
    case "completion-candidates": {
      const { completionCandidates } = await import("./completion/completion.ts");
      return await print(await completionCandidates(invocation.shell, invocation.words, io), io);
    }
  }
}

/** What was asked for, or the text of --help or --version. Throws usage errors. */
async function readCommandLine(argv: readonly string[], io: CommandIo): Promise<Invocation | string> {
  const { buildProgram, CommanderError, tool } = await import("./program.ts");
  let text = "";
  let invocation = null as Invocation | null; // set by the callback, which the compiler does not see
  const program = buildProgram(
    tool.version,
    io.stdout,
    (part) => (text += part),
    (chosen) => (invocation = chosen),
  );
  const [first, second] = argv;
  // commander gives up without a word.
  if (first === "help" && second !== undefined && !second.startsWith("-") && !COMMANDS.includes(second))
    throw new CommandUsageError(unknownCommand(second));
  try {
    program.parse(withColorWords(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return text;
    // Its suggestion stands on a line of its own.
    const message = error.message
      .replace(/^error: /, "")
      .split("\n")
      .map((line) => line.trim())
      .join(" ");
    const helpless = error.code === "commander.unknownOption" && !message.includes("Did you mean");
    throw new CommandUsageError(helpless ? `${message}: --help lists the options` : message);
  }
  // No action was called: only `help` does that without an error.
  return invocation ?? text;
}

/** `--no-color`, which many programs have, is `--color never`. */
function withColorWords(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  // What stands behind --redact is a server name, and no value of it.
  // A map: a server may be called toString.
  const words = new Map([
    ["--no-color", "--color=never"],
    ["--redact", "--redact=names"],
  ]);
  return argv.map((argument, index) => (end === -1 || index < end ? (words.get(argument) ?? argument) : argument));
}

async function print(text: string, io: CommandIo): Promise<ExitCode> {
  const stdout = sinkOf(io.stdout);
  try {
    await stdout.write(text);
    await stdout.flush();
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  } finally {
    stdout.release();
  }
  return 0;
}
