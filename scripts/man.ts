/** The manual page, made of what the program says of itself. `npm run docs` writes it. */
import { readFileSync } from "node:fs";
import type { Command, Option } from "commander";
import { buildProgram } from "../src/commands/program.ts";
import { commandsOf } from "../src/commands/completion/command-line-place.ts";
import { tool } from "../src/tool.ts";
import { helpText, type HelpSection } from "./man/help-text.ts";
import { bold, command, escaped, indented, italic, link, literal, paragraph, prose, section, tagged, usage } from "./man/roff.ts";

/** Read by the program wherever it runs, so that help has nothing of it. */
const FILES: readonly [file: string, what: string][] = [
  [
    "matrix-delegation-check.json",
    "The configuration in the working directory, unless --config names another file, or --no-config is given.",
  ],
  ["/etc/resolv.conf", "The system's resolvers, unless --dns-server is given."],
  ["/etc/hosts", "Is looked at only to say when it answers differently from DNS."],
];

const SPECIFICATION = "https://spec.matrix.org/latest/server-server-api/#resolving-server-names";

/** The whole page. It changes with the program's texts and its version, and with nothing else. */
export function manualPage(): string {
  let written = "";
  const program = buildProgram(
    tool.version,
    { isTTY: false } as Parameters<typeof buildProgram>[1],
    (text) => (written += text),
    () => {},
  );
  const helpOf = (command: Command): string => {
    written = "";
    command.outputHelp();
    return written;
  };
  const { sections, blocks } = helpText(program, helpOf);
  const taken = (title: string): HelpSection => {
    const found = sections.get(title);
    if (found === undefined) throw new Error(`there is no "${title}" in the help`);
    sections.delete(title);
    return found;
  };
  const commands = commandsOf(program).filter((command) => command.name() !== "help");
  const helps = commands.map((command) => ({ command, ...helpText(command, helpOf) }));
  const examples = taken("Examples").entries;
  for (const { term, text } of helps.flatMap((help) => help.sections.get("Examples")?.entries ?? [])) {
    if (!examples.some((known) => known.term === term)) examples.push({ term, text });
  }
  const onlyOwn = commands.filter((command) => command.configureHelp().showGlobalOptions !== true).map((command) => bold(command.name()));
  const { name } = tool;
  const [what = "", ...more] = program.description().split("\n");

  return `${[
    `.\\" Made from the program by "npm run docs".`,
    `.TH ${escaped(name.toUpperCase())} 1 "${releaseDate()}" ${quoted(`${name} ${tool.version}`)} "User Commands"`,
    section("NAME", `${escaped(name)} \\- ${escaped(what.slice(0, what.indexOf(":")).replace(/^Checks/, "check"))}`),
    section(
      "SYNOPSIS",
      ...program
        .usage()
        .split("\n")
        .map((line) => `.SY ${escaped(name)}\n${usage(line.trim().replace(`${name} `, ""))}\n.YS`),
    ),
    section("DESCRIPTION", prose([what, ...more].join("\n"))),
    section("COMMANDS", ...commands.map(described)),
    section(
      "OPTIONS",
      `They may stand before and after the command\\(aqs name. ${onlyOwn.slice(0, -1).join(", ")} and ${onlyOwn.at(-1) ?? ""} take only their own, and ${bold("--color")}.`,
      ...program.createHelp().visibleOptions(program).map(optionEntry),
      ...blocks.flatMap(block),
    ),
    ...helps
      .filter((help) => help.blocks.length > 0)
      .map((help) => section(help.command.name().toUpperCase(), ...help.blocks.flatMap(block))),
    section("EXIT STATUS", ...twoColumns(taken("Exit codes"))),
    section("ENVIRONMENT", ...twoColumns(taken("Environment"))),
    section("FILES", ...FILES.map(([file, text]) => tagged(italic(file), prose(text)))),
    ...[...sections].map(([title, content]) => section(title.toUpperCase(), ...twoColumns(content))),
    section("EXAMPLES", ...examples.map(example)),
    section(
      "SEE ALSO",
      ".BR dig (1),\n.BR curl (1),\n.BR openssl (1)",
      paragraph(link(SPECIFICATION, 'The Matrix specification, "Resolving server names"')),
    ),
  ].join("\n")}\n`;
}

/** Of this version, from the changelog; before its release there is none. */
function releaseDate(): string {
  const changelog = readFileSync(new URL("../CHANGELOG.md", import.meta.url), "utf8");
  return (
    changelog
      .split("\n")
      .find((line) => line.startsWith(`## [${tool.version}]`))
      ?.match(/\d{4}-\d\d-\d\d$/)?.[0] ?? ""
  );
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function described(command: Command): string {
  const own = command.options;
  return [
    tagged(
      `${bold(command.name())} ${usage(command.usage().replace("[options] ", own.length > 0 ? "[options] " : ""))}`,
      sentence(command.description()),
    ),
    ...(own.length > 0 ? [indented(...own.map(optionEntry))] : []),
  ].join("\n");
}

function block({ prose: lines, literal: kept }: { prose: string[]; literal: string[] }): string[] {
  return [...(lines.length > 0 ? [paragraph(prose(lines.join("\n")))] : []), ...(kept.length > 0 ? [literal(kept)] : [])];
}

function optionEntry(option: Option): string {
  const tag = option.flags
    .split(", ")
    .map((flag) =>
      flag.replace(
        /^(\S+)(?: <(.*)>)?$/,
        (_, name: string, value: string | undefined) => bold(name) + (value === undefined ? "" : ` ${italic(value)}`),
      ),
    )
    .join(", ");
  const [, text = "", inText] = /^(.*?)(?: \(default: (.*)\))?$/.exec(option.description) ?? [];
  const standard = option.defaultValueDescription ?? (option.defaultValue === undefined ? inText : String(option.defaultValue));
  const notes = [
    ...(option.argChoices === undefined ? [] : [`One of ${option.argChoices.join(", ")}.`]),
    ...(option.mandatory ? ["Must be given."] : []),
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
  ];
  return tagged(tag, [sentence(text), ...notes.map(prose)].join("\n"));
}

function twoColumns({ entries, prose: lines }: HelpSection): string[] {
  return [
    ...entries.map(({ term, text }) => tagged(bold(term), sentence(text))),
    ...(lines.length > 0 ? [paragraph(prose(lines.join("\n")))] : []),
  ];
}

/** The command, and below it what it does. */
function example({ term, text }: { term: string; text: string }): string {
  return [command(term), ...(text === "" ? [] : [indented(sentence(text))])].join("\n");
}

function sentence(text: string): string {
  return prose(`${text.replace(/^[a-z](?=[a-z']*(?:[ ,;:]|$))/, (letter) => letter.toUpperCase())}.`);
}
