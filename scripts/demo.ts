/**
 * `npm run demo`: the real command on a small internet on loopback (real DNS, TLS and HTTP, no root), once on a healthy server and then on
 * broken ones. Exit code 0 when each ended as it has to, else 1; 130 when interrupted.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import type { Facts } from "../src/facts/facts.ts";
import type { Report } from "../src/facts/output.ts";
import { startNetwork } from "../test/lab/network.ts";
import { cases, type Case } from "./demo/cases.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The command gets the roots of the lab; those of the environment would only be parsed too. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== "SSL_CERT_FILE" && name !== "NODE_EXTRA_CA_CERTS"),
);
/** The published library, to know what the command found first. */
const { judgeAgain } = (await import(join(ROOT, "dist", "index.js"))) as { judgeAgain(facts: Facts): Promise<Report> };

const WIDTH = 78;
const inColour = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";

interface Result {
  exitCode: number | null;
  leads: string | null;
  asExpected: boolean;
}

let interrupted = false;
let running: ChildProcess | null = null;
function interrupt(): void {
  interrupted = true;
  running?.kill("SIGTERM");
}
process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
// Piped into `head`: nobody reads any more.
process.stdout.on("error", interrupt);

const directory = await mkdtemp(join(tmpdir(), "matrix-delegation-check-demo-"));
try {
  say(
    "A small internet on loopback, with real DNS, TLS and HTTP, and the real command.",
    "It is shown as an admin would type it; here it also gets --dns-server (the",
    "lab's resolver), --ca-file (the lab's root), --allow-private (all is on",
    "loopback), --connect-to (443 and 8448 are other ports here, those that the",
    "reports show, so that no root is needed), --timeout 3s, and --save-facts (from",
    "which the demo reads what was found).",
  );
  const results: Result[] = [];
  for (const [index, each] of cases.entries()) {
    if (interrupted) break;
    results.push(await show(each, index));
  }
  if (!interrupted) summarize(results);
  process.exitCode = interrupted ? 130 : results.every(({ asExpected }) => asExpected) ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
}

async function show(demo: Case, index: number): Promise<Result> {
  const net = await startNetwork();
  try {
    await demo.network(net);
    const caFile = join(directory, "root.pem");
    const factsFile = join(directory, `facts-${index}.jsonl`);
    await writeFile(caFile, net.authority.pem);
    const heading = `== ${index + 1} of ${cases.length}: ${demo.title} `;
    say("", "", paint("bold", heading.padEnd(WIDTH, "=")), demo.broken, "", paint("bold", `$ matrix-delegation-check ${demo.serverName}`));
    const exitCode = await runCommand([demo.serverName, ...net.args(caFile), "--timeout", "3s", "--save-facts", factsFile]);
    const leads = interrupted ? null : await leadingFinding(factsFile);
    const asExpected = exitCode === demo.exitCode && leads === demo.leads;
    const found = `exit code ${exitCode ?? "none"}, ${leads === null ? "no error or warning" : `first: ${leads}`}`;
    const verdict = asExpected
      ? paint("green", "as expected")
      : paint("red", `NOT as expected: exit code ${demo.exitCode}, ${demo.leads ?? "no finding"}`);
    if (!interrupted) say("", `-> ${found}: ${verdict}`);
    return { exitCode, leads, asExpected };
  } finally {
    await net.close();
  }
}

/** The command with this process's own terminal, so that colours and progress are as they are for an admin. */
async function runCommand(args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [join(ROOT, "bin", "matrix-delegation-check.js"), ...args], {
    env: ENVIRONMENT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  running = child;
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    });
  } finally {
    running = null;
  }
}

/** The first error or warning; null when there is none, or nothing was recorded. */
async function leadingFinding(factsFile: string): Promise<string | null> {
  const recorded = await readFile(factsFile, "utf8").catch(() => null);
  if (recorded === null) return null;
  const [first] = (await judgeAgain(JSON.parse(recorded) as Facts)).findings;
  return first === undefined || first.severity === "info" ? null : first.code;
}

function summarize(results: readonly Result[]): void {
  say("", "", paint("bold", "== Summary ".padEnd(WIDTH, "=")));
  for (const [index, { exitCode, leads, asExpected }] of results.entries()) {
    const { title } = cases[index] as Case;
    const mark = asExpected ? paint("green", "ok ") : paint("red", "NOT");
    say(`${mark} ${title.padEnd(43)} ${String(exitCode)}  ${leads ?? "-"}`);
  }
  const wrong = results.filter(({ asExpected }) => !asExpected).length;
  say("", wrong === 0 ? `All ${results.length} cases ended as expected.` : `${wrong} of ${results.length} cases did not end as expected.`);
}

function say(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function paint(style: "bold" | "green" | "red", text: string): string {
  return inColour ? styleText(style, text) : text;
}
