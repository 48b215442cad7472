/**
 * `npm run bench`: the budgets of the product, each measured against a baseline in the same run, so that a slow or busy machine slows both.
 *
 *     npm run bench
 *     npm run bench -- --only many-names --names 10000
 *     npm run bench -- --json
 *     npm run bench -- --profile      where the time of one cold command goes, and nothing else
 *
 * A budget that isn't kept is printed and is no failure; the exit code is 1 only when something couldn't be run.
 */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBaselines } from "./bench/baseline.ts";
import { manyNames } from "./bench/many-names.ts";
import { oneCheck } from "./bench/one-check.ts";
import { packageSize } from "./bench/package.ts";
import { profile } from "./bench/profile.ts";
import { startUp } from "./bench/start-up.ts";
import { renderSection, type Row, type Section } from "./bench/table.ts";

const SECTIONS = ["start-up", "one-check", "many-names", "package"] as const;
type SectionName = (typeof SECTIONS)[number];

interface Wanted {
  pairs: number;
  names: number;
  only: readonly SectionName[];
  json: boolean;
  profile: boolean;
}

try {
  await bench(wantedBy(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function bench({ pairs, names, only, json, profile: isProfile }: Wanted): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "matrix-delegation-check-bench-"));
  const interrupt = (): void => {
    rmSync(directory, { recursive: true, force: true });
    // The handler is gone: this ends the process as it would have without it, and the labs with it.
    process.kill(process.pid, "SIGINT");
  };
  process.once("SIGINT", interrupt);
  try {
    if (isProfile) return void process.stdout.write(await profile(pairs, directory));
    const baselines = await buildBaselines(directory);
    const run: Record<SectionName, () => Promise<Section | Section[]>> = {
      "start-up": () => startUp(pairs),
      "one-check": () => oneCheck(pairs, directory, baselines),
      "many-names": () => manyNames(names, directory, baselines),
      package: packageSize,
    };
    const done: Section[] = [];
    for (const name of only) {
      try {
        for (const section of [await run[name]()].flat()) {
          done.push(section);
          if (!json) process.stdout.write(renderSection(section));
        }
      } catch (error) {
        process.stderr.write(`${name} couldn't be run: ${messageOf(error).split("\n").slice(0, 12).join("\n")}\n`);
        process.exitCode = 1;
      }
    }
    const rows = done.flatMap((section) => section.rows);
    process.stdout.write(
      json
        ? `${JSON.stringify({ node: process.version, platform: `${process.platform} ${process.arch}`, rows }, null, 2)}\n`
        : conclusion(rows),
    );
  } finally {
    process.off("SIGINT", interrupt);
    await rm(directory, { recursive: true, force: true });
  }
}

function conclusion(rows: readonly Row[]): string {
  const over = rows.filter(({ budget }) => budget?.kept === false);
  if (over.length > 0) return `Over budget: ${over.map(({ section, what }) => `${section}, ${what.trim()}`).join("; ")}.\n`;
  return `${rows.filter(({ budget }) => budget !== undefined).length} budgets measured, all kept.\n`;
}

function wantedBy(args: string[]): Wanted {
  const { values } = parseArgs({
    args,
    options: {
      pairs: { type: "string", default: "15" },
      names: { type: "string", default: "1000" },
      only: { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
    },
  });
  const only = (values.only ?? SECTIONS).map((name) => {
    const known = SECTIONS.find((section) => section === name);
    if (known === undefined) throw new Error(`--only ${name}: there are ${SECTIONS.join(", ")}`);
    return known;
  });
  return {
    pairs: positive("--pairs", values.pairs),
    names: positive("--names", values.names),
    only,
    json: values.json,
    profile: values.profile,
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${text}: a whole number from 1 on is expected`);
  return value;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
