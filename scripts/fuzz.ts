/**
 * `npm run fuzz`: what comes from outside is mutated, and the real program reads it.
 *
 *     npm run fuzz -- --minutes 10 --seed 7
 *     npm run fuzz -- --case dns:7:42        # one case again, or several with commas, as they are printed when they fail
 *     npm run fuzz -- --only zone,facts
 *
 * DNS answers, TLS records, HTTP answers and JSON bodies come over real sockets; recorded facts and zone files are given to the program as
 * files. Whatever comes, the program must end in time with one of its exit codes, within its memory, without an internal error, without
 * control characters, and every format must be readable. Exit code 1 when a case fails. A case that failed belongs into
 * test/fuzzed.test.ts.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Facts } from "matrix-delegation-check";
import { NAME, NETWORK_KINDS, prepare, ZONE, type NetworkKind } from "./fuzz/kinds.ts";
import { mutatedJson, mutatedText } from "./fuzz/mutate.ts";
import { faultsOfReport, faultsOfRun, FORMATS } from "./fuzz/oracle.ts";
import { runProgram } from "./fuzz/program.ts";
import { random, type Random } from "./fuzz/random.ts";
import type { Job, Outcome } from "./fuzz/victim.ts";

const KINDS = [...NETWORK_KINDS, "facts", "zone"] as const;
type Kind = (typeof KINDS)[number];

/** The deadline of a check is 2.5 s; the rest is for a busy machine. */
const ENDS_WITHIN_MS = 60_000;
const MOST_MEMORY = 500 * 1024 * 1024;
/** Of the reports from the network, one in so many is saved and shown by the program itself, in some format. */
const SHOWN_ONE_IN = 12;

interface Wanted {
  minutes: number;
  seed: string;
  only: readonly Kind[];
  /** By their names; null: what chance brings. */
  cases: readonly string[] | null;
}

const directory = mkdtempSync(join(tmpdir(), "matrix-delegation-check-fuzz-"));
/** One for each kind, so that all kinds go on at once. */
const victims = new Map<string, ChildProcess>();
/** Evidence to mutate. */
const recorded: Facts[] = [];
/** How many servers, whole and broken, it is recorded from. */
const RECORDED = 12;

const NO_CHANCE: Random = {
  below: () => 0,
  oneIn: () => false,
  pick: ([first]) => {
    if (first === undefined) throw new RangeError("nothing to pick from");
    return first;
  },
};

try {
  await fuzz(wantedBy(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
} finally {
  for (const victim of victims.values()) victim.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
}

async function fuzz({ minutes, seed, only, cases }: Wanted): Promise<void> {
  const needsEvidence = cases === null ? only.includes("facts") : cases.some((name) => kindOf(name) === "facts");
  for (let number = 0; needsEvidence && number < RECORDED; number++)
    await record(number === 0 ? "json" : (NETWORK_KINDS[number % NETWORK_KINDS.length] ?? "json"), number);
  if (cases !== null) {
    for (const name of cases) report(name, await run(kindOf(name), name));
    return;
  }
  const until = performance.now() + minutes * 60_000;
  const counts = Object.fromEntries(only.map((kind) => [kind, 0])) as Record<Kind, number>;
  let failures = 0;
  const lane = async (kind: Kind): Promise<void> => {
    for (let number = 0; performance.now() < until; number++) {
      const name = `${kind}:${seed}:${number}`;
      const faults = await run(kind, name);
      counts[kind]++;
      if (faults.length > 0) failures++;
      report(name, faults);
    }
  };
  await Promise.all(only.map(lane));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${total} cases with seed ${seed} (${only.map((kind) => `${kind} ${counts[kind]}`).join(", ")}): ${failures} failed\n`,
  );
}

/** @throws Error for what is no case's name */
function kindOf(name: string): Kind {
  const [kind] = name.split(":");
  const known = KINDS.find((each) => each === kind);
  if (known === undefined) throw new Error(`--case must begin with one of ${KINDS.join(", ")} and a colon, not ${JSON.stringify(name)}`);
  return known;
}

function report(name: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  process.exitCode = 1;
  process.stdout.write(`FAILED ${name}\n${faults.map((fault) => `  ${fault.replaceAll("\n", "\n  ")}\n`).join("")}`);
}

/** What went wrong; empty when nothing did. */
async function run(kind: Kind, name: string): Promise<string[]> {
  const chance = random(name);
  if (kind === "facts") return ofFacts(chance);
  if (kind === "zone") return ofZone(chance);
  return ofNetwork(kind, chance);
}

async function ofNetwork(kind: NetworkKind, chance: Random): Promise<string[]> {
  const { options, close } = await prepare(kind, chance);
  try {
    const outcome = await askVictim(kind, { serverName: NAME, options });
    if (typeof outcome === "string") return [outcome];
    const faults = outcome.error === null ? [] : [outcome.error];
    if (outcome.memory > MOST_MEMORY) faults.push(`${Math.round(outcome.memory / 1024 / 1024)} MB of memory`);
    if (outcome.report === null) return faults;
    faults.push(...faultsOfReport(outcome.report));
    if (chance.oneIn(SHOWN_ONE_IN)) faults.push(...(await shown(JSON.stringify(outcome.report.facts), chance.pick(FORMATS))));
    return faults;
  } finally {
    await close();
  }
}

/** Its own process, so that its end is a finding and not ours. */
async function askVictim(lane: string, job: Job): Promise<Outcome | string> {
  const child =
    victims.get(lane) ?? fork(fileURLToPath(new URL("fuzz/victim.ts", import.meta.url)), { stdio: ["ignore", "inherit", "pipe", "ipc"] });
  victims.set(lane, child);
  let errors = "";
  const note = (data: Buffer): void => void (errors = (errors + data.toString()).slice(-2000));
  child.stderr?.on("data", note);
  const gone = new AbortController();
  const late = setTimeout(() => gone.abort(), ENDS_WITHIN_MS);
  try {
    child.send(job);
    const [outcome] = (await Promise.race([
      once(child, "message", { signal: gone.signal }),
      once(child, "exit", { signal: gone.signal }).then(() => [`the process ended: ${errors}`]),
    ])) as [Outcome | string];
    if (typeof outcome === "string") victims.delete(lane);
    return outcome;
  } catch {
    child.kill("SIGKILL");
    victims.delete(lane);
    return `no end within ${ENDS_WITHIN_MS} ms`;
  } finally {
    clearTimeout(late);
    gone.abort();
    child.stderr?.off("data", note);
  }
}

async function ofFacts(chance: Random): Promise<string[]> {
  const text = JSON.stringify(mutatedJson(chance, chance.pick(recorded)));
  return shown(chance.oneIn(4) ? mutatedText(chance, text) : text, chance.pick(FORMATS));
}

async function shown(facts: string, format: string): Promise<string[]> {
  const ended = await runProgram(["--from-facts", "-", "-f", format, ...(format === "pretty" ? ["-v"] : [])], facts, ENDS_WITHIN_MS);
  return faultsOfRun(ended, format);
}

async function ofZone(chance: Random): Promise<string[]> {
  const file = join(directory, "zone");
  writeFileSync(file, mutatedText(chance, ZONE));
  const format = chance.pick(FORMATS);
  // The nameserver of everything else refuses; only the file is to be read.
  const args = ["--zone-file", file, "--dns-server", "127.0.0.1:1", "--timeout", "300ms", "--deadline", "1s", "-f", format];
  return faultsOfRun(await runProgram(["resolve", NAME, ...args], "", ENDS_WITHIN_MS), format);
}

/** The evidence of a server that chance has broken; the first one is whole. */
async function record(kind: NetworkKind, number: number): Promise<void> {
  const { options, close } = await prepare(kind, number === 0 ? NO_CHANCE : random(`recorded:${number}`));
  try {
    const outcome = await askVictim("recorded", { serverName: NAME, options });
    if (typeof outcome !== "string" && outcome.report !== null) recorded.push(outcome.report.facts);
  } finally {
    await close();
  }
}

function wantedBy(args: string[]): Wanted {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string" }, only: { type: "string" }, case: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 1440))
    throw new Error(`--minutes must be more than 0 and at most 1440, not ${JSON.stringify(values.minutes)}`);
  const only = values.only?.split(",") ?? KINDS;
  const unknown = only.find((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined) throw new Error(`--only must be some of ${KINDS.join(", ")}, not ${JSON.stringify(unknown)}`);
  return {
    minutes,
    seed: values.seed ?? String(Date.now() % 1_000_000),
    only: only as readonly Kind[],
    cases: values.case?.split(",") ?? null,
  };
}
