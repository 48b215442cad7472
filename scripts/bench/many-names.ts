/** Many names from a file: names a second, and the most memory that the command ever had. */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Report } from "../../src/facts/output.ts";
import type { LoopSettings } from "./names-loop.ts";
import type { Asked, NamesLab } from "./names-lab.ts";
import { BIN, runNode, runNodeWithPeak, startLab } from "./processes.ts";
import { megabytes, ratioRow, type Row, type Section } from "./table.ts";

/** The command's default. */
const CONCURRENCY = 16;
const MAX_BYTES = 200_000_000;

export async function manyNames(count: number, directory: string, baselines: string): Promise<Section> {
  const lab = await startLab<NamesLab>("names-lab.ts", [String(count), directory]);
  try {
    const { dnsServer, port, ca } = lab.ready;
    const file = await namesFile(directory, "names.txt", count);
    const warmUp = await namesFile(directory, "few-names.txt", Math.min(count, 50));
    const caFile = join(directory, "names-ca.pem");
    await writeFile(caFile, ca);
    const reports = join(directory, "reports.ndjson");
    const loop = (names: string): string[] => [
      join(baselines, "names-loop.js"),
      JSON.stringify({ file: names, concurrency: CONCURRENCY, dnsServer, port, ca } satisfies LoopSettings),
    ];
    const args = [
      "--dns-server",
      dnsServer,
      "--ca-file",
      caFile,
      "--allow-private",
      "--connect-to",
      `:443::${port}`,
      "--connect-to",
      `:8448::${port}`,
    ];

    await runNode(loop(warmUp), 0);
    await lab.ask("reset");
    const baseline = await runNodeWithPeak(loop(file), 0, directory);
    const askedByLoop = (await lab.ask("count")) as Asked;
    const command = await runNodeWithPeak(
      [BIN, ...args, "--from-file", file, "--concurrency", String(CONCURRENCY), "--format", "ndjson"],
      0,
      directory,
      reports,
    );
    const asked = (await lab.ask("count")) as Asked;
    await allAreThere(reports, count);
    return section(count, { command, asked }, { baseline, askedByLoop });
  } finally {
    await lab.close();
  }
}

type Run = Awaited<ReturnType<typeof runNodeWithPeak>>;

function section(
  count: number,
  { command, asked }: { command: Run; asked: Asked },
  { baseline, askedByLoop }: { baseline: Run; askedByLoop: Asked },
): Section {
  const name = "many names";
  const perSecond = ({ ms }: Run): string => `${Math.round((count / ms) * 1000)}/s`;
  const counted = (what: string, key: keyof Asked): Row => ({
    section: name,
    what,
    measured: String(asked[key]),
    baseline: String(askedByLoop[key]),
    ratio: asked[key] / askedByLoop[key],
  });
  const rows: Row[] = [
    ratioRow(name, "time for all", { measured: command.ms, baseline: baseline.ms }),
    { section: name, what: "names a second", measured: perSecond(command), baseline: perSecond(baseline), ratio: baseline.ms / command.ms },
    {
      section: name,
      what: "peak memory",
      measured: megabytes(command.peakBytes),
      baseline: megabytes(baseline.peakBytes),
      ratio: command.peakBytes / baseline.peakBytes,
      budget: { text: megabytes(MAX_BYTES).replace(".0", ""), kept: command.peakBytes <= MAX_BYTES },
    },
    counted("DNS queries", "queries"),
    counted("connections", "connections"),
  ];
  return {
    title: name,
    note: `${count} names, ${CONCURRENCY} at once, ndjson, against a loop by hand that asks the same and keeps nothing. The servers are another process.`,
    rows,
  };
}

async function namesFile(directory: string, name: string, count: number): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, Array.from({ length: count }, (_, index) => `n${index}.example.org\n`).join(""));
  return file;
}

/** A check that fails early would be fast. */
async function allAreThere(file: string, count: number): Promise<void> {
  let passed = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { verdict, serverName, findings } = JSON.parse(line) as Report;
    if (verdict !== "pass") throw new Error(`${serverName}: ${verdict}, ${findings[0]?.code ?? "no finding"}`);
    passed++;
  }
  if (passed !== count) throw new Error(`${passed} reports for ${count} names`);
}
