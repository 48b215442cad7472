/** Many names from a file: names a second, what a name costs, and the most memory that the command ever had. */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Report } from "../../src/facts/output.ts";
import type { LoopSettings } from "./names-loop.ts";
import type { Asked, NamesLab } from "./names-lab.ts";
import { BIN, runNodeWithPeak, startLab } from "./processes.ts";
import { megabytes, ratioRow, type Row, type Section } from "./table.ts";

/** The command's default. */
const CONCURRENCY = 16;
/** Its default is as many as there are cores, but not more. */
const MOST_THREADS = 8;
const MAX_BYTES = 200_000_000;
/** Against the loop by hand. */
const LEAST_SPEED = 0.9;
/** Names of each kind that has more of something: as many as the lab has. */
const OF_A_KIND = 100;

export async function manyNames(count: number, directory: string, baselines: string): Promise<Section[]> {
  const lab = await startLab<NamesLab>("names-lab.ts", [String(count), directory]);
  try {
    const { dnsServer, port, ca, server } = lab.ready;
    const caFile = join(directory, "names-ca.pem");
    await writeFile(caFile, ca);
    const reports = join(directory, "reports.ndjson");
    const threads = Math.min(availableParallelism(), MOST_THREADS);
    const asked = async (): Promise<Asked> => (await lab.ask("count")) as Asked;
    const byHand = async (file: string): Promise<Measured> => {
      const settings = { file, concurrency: CONCURRENCY, threads, dnsServer, port, ca } satisfies LoopSettings;
      await asked();
      const run = await runNodeWithPeak([join(baselines, "names-loop.js"), JSON.stringify(settings)], 0, directory);
      return { ...run, asked: await asked() };
    };
    const command = async (file: string, names: number, own = threads): Promise<Measured> => {
      const servers = ["--dns-server", dnsServer, "--ca-file", caFile, "--allow-private"];
      const places = ["--connect-to", `:443::${port}`, "--connect-to", `:8448::${port}`];
      const many = ["--from-file", file, "--concurrency", String(CONCURRENCY), "--threads", String(own), "--format", "ndjson"];
      await asked();
      const run = await runNodeWithPeak([BIN, ...servers, ...places, ...many], 0, directory, reports);
      const measured = { ...run, asked: await asked() };
      await allAreThere(reports, names);
      return measured;
    };
    const few = Math.min(count, OF_A_KIND);
    const file = await namesFile(directory, "names", count);
    const fewFile = await namesFile(directory, "few", few);
    await byHand(fewFile);
    const baseline = await byHand(file);
    const measured = await command(file, count);
    const alone = await command(file, count, 1);
    const kinds = {
      [`${few} names instead of ${count}`]: await command(fewFile, few, 1),
      "8 addresses instead of 1": await command(await namesFile(directory, "addresses", OF_A_KIND, "a8-"), OF_A_KIND, 1),
      "4 SRV targets instead of none": await command(await namesFile(directory, "targets", OF_A_KIND, "t4-"), OF_A_KIND, 1),
    };
    const note = `${count} names, ${CONCURRENCY} at once in ${threads} threads, ndjson, against a loop by hand in as many threads that asks the same over as many connections and keeps nothing. The servers are ${server}, in processes of their own.`;
    return [
      { title: "many names", note, rows: manyRows(count, threads, measured, baseline, alone) },
      {
        title: "growth",
        note: `What a name costs where there is more of something, in one thread, against ${count} plain names.`,
        rows: Object.entries(kinds).flatMap(([what, kind], index) =>
          growthRows(what, { ...kind, names: index === 0 ? few : OF_A_KIND }, { ...alone, names: count }),
        ),
      },
    ];
  } finally {
    await lab.close();
  }
}

type Measured = Awaited<ReturnType<typeof runNodeWithPeak>> & { asked: Asked };

function manyRows(count: number, threads: number, command: Measured, baseline: Measured, alone: Measured): Row[] {
  const section = "many names";
  const perSecond = ({ ms }: Measured): string => `${((count / ms) * 1000).toFixed(1)}/s`;
  const perName = (what: string, of: (measured: Measured) => number, unit = ""): Row => ({
    section,
    what: `${what} a name`,
    measured: `${(of(command) / count).toFixed(2)}${unit}`,
    baseline: `${(of(baseline) / count).toFixed(2)}${unit}`,
    ratio: of(command) / of(baseline),
  });
  const speed = baseline.ms / command.ms;
  return [
    ratioRow(section, "time for all", { measured: command.ms, baseline: baseline.ms }),
    {
      section,
      what: "names a second",
      measured: perSecond(command),
      baseline: perSecond(baseline),
      ratio: speed,
      budget: { text: `>= ${LEAST_SPEED}`, kept: speed >= LEAST_SPEED },
    },
    {
      section,
      what: `  in ${threads} threads against one`,
      measured: perSecond(command),
      baseline: perSecond(alone),
      ratio: alone.ms / command.ms,
    },
    perName("processor time", ({ cpuMs }) => cpuMs, " ms"),
    {
      section,
      what: "peak memory",
      measured: megabytes(command.peakBytes),
      baseline: megabytes(baseline.peakBytes),
      ratio: command.peakBytes / baseline.peakBytes,
      budget: { text: megabytes(MAX_BYTES).replace(".0", ""), kept: command.peakBytes <= MAX_BYTES },
    },
    {
      section,
      what: "  with one thread",
      measured: megabytes(alone.peakBytes),
      budget: { text: megabytes(MAX_BYTES).replace(".0", ""), kept: alone.peakBytes <= MAX_BYTES },
    },
    perName("DNS queries", ({ asked }) => asked.queries),
    perName("connections", ({ asked }) => asked.connections),
    perName("requests", ({ asked }) => asked.requests),
  ];
}

function growthRows(what: string, kind: Measured & { names: number }, plain: Measured & { names: number }): Row[] {
  const row = (of: (measured: Measured) => number, unit: string): Row => {
    const [measured, baseline] = [of(kind) / kind.names, of(plain) / plain.names];
    return {
      section: "growth",
      what: `${what}:${unit}`,
      measured: measured.toFixed(2),
      baseline: baseline.toFixed(2),
      ratio: measured / baseline,
    };
  };
  return [
    row(({ cpuMs }) => cpuMs, " CPU, ms"),
    row(({ asked }) => asked.connections, " connections"),
    row(({ asked }) => asked.requests, " requests"),
  ];
}

async function namesFile(directory: string, name: string, count: number, kind = ""): Promise<string> {
  const file = join(directory, `${name}.txt`);
  await writeFile(file, Array.from({ length: count }, (_, index) => `${kind}n${index}.example.org\n`).join(""));
  return file;
}

/** A check that fails early would be fast. */
async function allAreThere(file: string, count: number): Promise<void> {
  let passed = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { verdict, serverName, findings } = JSON.parse(line) as Report;
    // Slow is the machine.
    const wrong = findings.filter(({ code, severity }) => severity === "error" || (severity === "warning" && !code.endsWith("/slow")));
    if (verdict === "inconclusive" || wrong.length > 0) throw new Error(`${serverName}: ${verdict}, ${findings[0]?.code ?? "no finding"}`);
    passed++;
  }
  if (passed !== count) throw new Error(`${passed} reports for ${count} names`);
}
