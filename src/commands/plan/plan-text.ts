/** A plan for people. Prose is wrapped and indented; snippets, records and commands stand at the left edge as they are, to be copied. */
import type { ChalkInstance } from "chalk";
import type { Plan, PlannedConfiguration } from "../../advice/plan.ts";
import { SERVE_WITH } from "../../advice/well-known.ts";
import { wrap } from "../../report/harmless.ts";

export interface PlanTextOptions {
  /** --with was given. */
  withGiven: boolean;
  chalk: ChalkInstance;
  /** Columns, for prose. */
  width: number;
}

/** Ends in a line feed. */
export function planText(plan: Plan, { withGiven, chalk, width }: PlanTextOptions): string {
  const prose = (text: string): string => wrap(text, width, 2).join("\n");
  const item = (text: string): string => `  - ${wrap(text, width, 4).join("\n").trimStart()}`;
  const section = (title: string, parts: readonly string[]): string[] => (parts.length === 0 ? [] : [chalk.bold(title), ...parts]);
  const piece = ({ for: where, what, text }: PlannedConfiguration): string[] =>
    text === null ? [prose(`${where}: ${what}.`)] : [prose(`${where}: ${what}:`), text];

  const files = plan.files.flatMap(({ url, status, contentType, body }) => [
    prose(`${url} answers ${status} with Content-Type: ${contentType} and this body:`),
    body,
  ]);
  // Those two serve files only.
  const kinds = plan.files.length > 0 ? SERVE_WITH : SERVE_WITH.filter((kind) => kind !== "synapse" && kind !== "static");
  const hint = withGiven
    ? []
    : [prose(`With --with ${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1) ?? ""} this prints the configuration of that server.`)];
  const certificates = plan.certificates.map(({ host, covers, note }) => item(`${host} presents one for ${covers}: ${note}.`));
  const records = plan.dns.map(({ line }) => line);
  const hasAddresses = plan.dns.some(({ type }) => type === "AAAA");
  const commands = plan.verify.flatMap(({ when, command, note }) => [
    prose(
      when === "before"
        ? `Before ${plan.via === "srv" ? "the SRV records are published" : "DNS leads there"}${note === null ? "" : ` (${note})`}:`
        : "Afterwards:",
    ),
    command,
  ]);

  const title =
    plan.via === "none" ? plan.serverName : `${plan.serverName} to ${plan.to}, by ${plan.via === "srv" ? "SRV records" : "well-known"}`;
  const blocks = [
    chalk.bold(title),
    prose(plan.summary),
    ...section("File", files),
    ...section("Configuration", [...plan.configuration.flatMap(piece), ...hint]),
    ...section(
      "Certificates, from a CA that everybody trusts, with their full chain",
      certificates.length === 0 ? [] : [certificates.join("\n")],
    ),
    ...section(
      "DNS",
      records.length === 0
        ? []
        : [...(hasAddresses ? [prose("Leave out the AAAA record of a host that has no IPv6.")] : []), records.join("\n")],
    ),
    ...section("Verify", commands),
    ...section("Notes", plan.notes.length === 0 ? [] : [plan.notes.map(item).join("\n")]),
  ];
  return `${blocks.join("\n\n")}\n`;
}
