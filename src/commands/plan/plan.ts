/** `plan`: what to publish for a delegation, and the commands that verify it. Reads the names; what is planned is `advice/plan.ts`'s. */
import { Chalk } from "chalk";
import { planDelegation, whyNot, type Plan } from "../../advice/plan.ts";
import type { ServeWith } from "../../advice/well-known.ts";
import { parseServerName, type ServerName } from "../../matrix/server-name.ts";
import { readDelegatedName } from "../../matrix/well-known.ts";
import { harmless } from "../../report/harmless.ts";
import type { CommandIo } from "../io.ts";
import { planText } from "./plan-text.ts";
import { type ColorFlag, terminalOf } from "../output/terminal.ts";
import { CommandUsageError, quote } from "../usage.ts";
import { refuseInvalidNames } from "../many/valid-names.ts";

export interface PlanCommandOptions {
  serverName: string;
  /** Null when it wasn't given. */
  to: string | null;
  with: ServeWith | null;
  srv: boolean;
  json: boolean;
  color: ColorFlag;
}

/** The text for stdout. Throws CommandUsageError for what can't be planned. */
export function plan(options: PlanCommandOptions, io: Pick<CommandIo, "stdout" | "env" | "platform">): string {
  const planned = planOf(options);
  if (options.json) return `${JSON.stringify(planned, null, 2)}\n`;
  const terminal = terminalOf(io.stdout, options.color, io.env, io.platform);
  return planText(planned, { withGiven: options.with !== null, chalk: new Chalk({ level: terminal.colorLevel }), width: terminal.width });
}

function planOf(options: PlanCommandOptions): Plan {
  refuseInvalidNames([options.serverName]);
  if (options.to === null)
    throw new CommandUsageError(
      `--to <host[:port]> is missing: where the homeserver is. For example: matrix-delegation-check plan ${options.serverName} --to matrix.${options.serverName}:443`,
    );
  const request = { serverName: validName(options.serverName), to: target(options.to), with: options.with, srv: options.srv };
  const problem = whyNot(request);
  if (problem !== null) throw new CommandUsageError(problem);
  return planDelegation(request);
}

function validName(text: string): ServerName {
  const parsed = parseServerName(text);
  if (!parsed.ok) throw new CommandUsageError(`${quote(text)} is no server name`);
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
