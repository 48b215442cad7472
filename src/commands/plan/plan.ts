/** `plan`: what to publish for a delegation, and the commands that verify it. Reads the names; what is planned is `advice/plan.ts`'s. */
import { Chalk } from "chalk";
import { planDelegation, whyNot, type PlanOptions } from "../../advice/plan.ts";
import type { ServeWith } from "../../advice/well-known.ts";
import { parseServerName, type ServerName } from "../../matrix/server-name.ts";
import { readDelegatedName } from "../../matrix/well-known.ts";
import { harmless } from "../../report/harmless.ts";
import type { CommandIo } from "../io.ts";
import type { GlobalOptions } from "../options.ts";
import { NO_PROGRESS, startProgress, wantsProgress } from "../output/progress.ts";
import { terminalOf } from "../output/terminal.ts";
import { PROGRAM } from "../program-name.ts";
import { planText } from "./plan-text.ts";
import { seePresent, type Seen } from "./present.ts";
import { CommandUsageError, quote } from "../usage.ts";
import { refuseInvalidNames } from "../many/valid-names.ts";

export interface PlanCommandOptions {
  serverName: string;
  /** Null when it wasn't given. */
  to: string | null;
  with: ServeWith | null;
  srv: boolean;
  /** Nothing is asked of anybody. */
  offline: boolean;
  json: boolean;
  options: GlobalOptions;
  /** The options of the check that were given, by the names of their values. */
  given: ReadonlySet<string>;
}

/** The text for stdout. Throws CommandUsageError for what can't be planned. */
export async function plan(command: PlanCommandOptions, io: CommandIo): Promise<string> {
  const request = requestOf(command);
  const seen = command.offline ? null : await watched(request, command, io);
  const planned = planDelegation(request, seen?.known === true ? seen.present : null);
  if (command.json) return `${JSON.stringify({ ...planned, present: presentOf(seen) }, null, 2)}\n`;
  const terminal = terminalOf(io.stdout, command.options.color, io.env, io.platform);
  return planText(planned, {
    using: command.with,
    presentNote: presentNote(seen),
    chalk: new Chalk({ level: terminal.colorLevel }),
    width: terminal.width,
  });
}

/** With the progress line of a check. */
async function watched(request: PlanOptions, { options, given, json }: PlanCommandOptions, io: CommandIo): Promise<Seen> {
  const wanted = wantsProgress(io, { ...options, format: json ? "json" : "pretty" });
  const progress = wanted ? startProgress(io, terminalOf(io.stderr, options.color, io.env, io.platform)) : NO_PROGRESS;
  try {
    progress.say(`${request.serverName.text}: looking at what is there today`);
    return await seePresent(request, options, given, io);
  } finally {
    progress.stop();
  }
}

function presentNote(seen: Seen | null): string {
  if (seen === null) return "Nothing was looked up (--offline): the steps are for a new server.";
  if (!seen.known) return `What is there today isn't known, so the steps are for a new server: ${seen.because}`;
  return `Today: ${seen.verdict}. ${seen.summary} Steps that are done are shown in one line; --offline prints all steps in full.`;
}

function presentOf(seen: Seen | null): { known: true; verdict: string; summary: string } | { known: false; because: string } {
  if (seen === null) return { known: false, because: "--offline" };
  return seen.known ? { known: true, verdict: seen.verdict, summary: seen.summary } : seen;
}

function requestOf(command: PlanCommandOptions): PlanOptions {
  refuseInvalidNames([command.serverName]);
  const serverName = validName(command.serverName);
  if (command.to === null)
    throw new CommandUsageError(
      `--to <host[:port]> is missing: where the homeserver is. For example: ${PROGRAM} plan ${example(serverName)}`,
    );
  const request = { serverName, to: target(command.to), with: command.with, srv: command.srv };
  const problem = whyNot(request);
  if (problem !== null) throw new CommandUsageError(problem);
  return request;
}

/** A whole plan for that name. One with a port, and an IP address, can only be reached where it says. */
function example({ text, kind, port }: ServerName): string {
  return kind !== "dns" || port !== null ? `${text} --to ${text}` : `${text} --to matrix.${text}:443 --with nginx`;
}

function validName(text: string): ServerName {
  const parsed = parseServerName(text);
  if (!parsed.ok) throw new CommandUsageError(`${quote(text)} is not a server name`);
  return parsed.name;
}

/** The value of --to, which has the grammar of m.server. */
function target(text: string): ServerName {
  const read = readDelegatedName(text);
  if (!read.ok) {
    const meant = read.corrected === null ? "" : `; probably meant: --to ${harmless(read.corrected, 300)}`;
    throw new CommandUsageError(`--to ${quote(text)} is not host[:port]: ${harmless(read.problem, 300).replace(/\.$/, "")}${meant}`);
  }
  const { finalDot, host, portText } = read.name;
  if (finalDot)
    throw new CommandUsageError(
      `--to ${quote(text)} ends in a dot, on which Synapse's check of the certificate fails; probably meant: --to ${host.slice(0, -1)}${portText === null ? "" : `:${portText}`}`,
    );
  return read.name;
}
