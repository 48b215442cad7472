/**
 * Writes what the code already says into the documentation: a page a finding, their list, the help text in the README, the limits in
 * SECURITY.md, and the manual page.
 * `npm run docs` writes, `npm run docs -- --check` only says what is out of date.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram } from "../src/commands/program.ts";
import { pageOf } from "../src/rules/page.ts";
import { rules } from "../src/rules/registry.ts";
import type { Rule } from "../src/rules/rule.ts";
import { tool } from "../src/tool.ts";
import { limits } from "./limits.ts";
import { reportsPage } from "../test/scenarios/reports.ts";
import { homeserversPage } from "./homeservers-page.ts";
import { manualPage } from "./man.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const FINDINGS = join("docs", "findings");

function severityOf({ severity }: Rule): string {
  return typeof severity === "string" ? severity : severity.join(" or ");
}

function page(rule: Rule): string {
  const source = rule.spec === null ? "" : `\nSource: <${rule.spec}>\n`;
  return `# ${rule.code}\n\n**${rule.title}** (${severityOf(rule)})\n\n${pageOf(rule)}\n${source}`;
}

function list(): string {
  const rows = rules.map((rule) => `| [${rule.code}](findings/${rule.code}.md) | ${severityOf(rule)} | ${rule.title} |`);
  return `# Findings\n\n| code | severity | what |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

function help(): string {
  let text = "";
  const program = buildProgram(
    tool.version,
    { isTTY: false } as Parameters<typeof buildProgram>[1],
    (part) => (text += part),
    () => {},
  );
  try {
    program.parse(["--help"], { from: "user" });
  } catch {
    // commander leaves by an exception once it has written the help.
  }
  return text.trimEnd();
}

/** The file with what stands between its marks made again. */
function between(file: string, marks: string, made: string): string {
  const text = readFileSync(join(ROOT, file), "utf8");
  const [begin, end] = [`<!-- ${marks}: begin (npm run docs) -->`, `<!-- ${marks}: end -->`];
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${file} has lost the marks around ${marks}`);
  return `${text.slice(0, before + begin.length)}\n\n${made}\n\n${text.slice(after)}`;
}

const wanted = new Map<string, string>([
  ["README.md", between("README.md", "help", `\`\`\`text\n${help()}\n\`\`\``)],
  ["SECURITY.md", between("SECURITY.md", "limits", limits())],
  [join("docs", "findings.md"), list()],
  [join("docs", "homeservers.md"), homeserversPage()],
  [join("docs", "reports.md"), reportsPage()],
  [join("man", `${tool.name}.1`), manualPage()],
  ...rules.map((rule): [string, string] => [join(FINDINGS, `${rule.code}.md`), page(rule)]),
]);
const existing = readdirSync(join(ROOT, "docs"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
const strays = existing.filter((file) => file.startsWith(FINDINGS) && !wanted.has(file));
const stale = [...wanted].filter(([file, text]) => {
  try {
    return readFileSync(join(ROOT, file), "utf8") !== text;
  } catch {
    return true;
  }
});

if (process.argv.includes("--check")) {
  for (const file of [...stale.map(([name]) => name), ...strays]) process.stderr.write(`${file} is out of date: npm run docs\n`);
  process.exitCode = stale.length + strays.length > 0 ? 1 : 0;
} else {
  for (const file of strays) rmSync(join(ROOT, file));
  for (const [file, text] of stale) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), text);
  }
}
