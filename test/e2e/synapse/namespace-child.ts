/**
 * Inside a network namespace (see measured.ts): every scenario of test/scenarios that needs nothing but the network is set up at real
 * addresses and ports, and both are asked about it: this tool, and a homeserver's own federation client. Writes a line of JSON a situation
 * into situations.ndjson in the given folder.
 */
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { check } from "../../../src/check.ts";
import type { Report } from "../../../src/facts/output.ts";
import { createAuthority } from "../../lab/certificates.ts";
import { startNetwork, useRealPlaces } from "../../lab/network.ts";
import { onlyDeclared, type Scenario } from "../../scenarios/scenario.ts";
import { writeConfig } from "./config.ts";
import { type Judge, JUDGES, type Situation } from "./measured.ts";

const RESOLVER = "198.18.255.53";

/** Every host gets an address of its own for each address that it has in the lab: from the ranges for benchmarks and for documentation. */
function realPlaces(): { of(host: string, address: string): string; resolver: string } {
  const given = new Map<string, string>();
  return {
    resolver: RESOLVER,
    of(host, address) {
      const key = `${host} ${address}`;
      const n = given.size + 1;
      const known = given.get(key) ?? (address.includes(":") ? `2001:db8::${n.toString(16)}` : `198.18.${n >> 8}.${n & 255}`);
      given.set(key, known);
      return known;
    },
  };
}

/** What is about this machine, and not about the server. */
const OF_THIS_MACHINE = /^(untested|resolver-unreachable|not ipv4-down: this machine)|can't be tested|--connect-to/;

/** Scenarios that replace DNS or connections for the tool alone say nothing to anybody else. */
function isForEverybody({ title, options = {} }: Scenario): boolean {
  return (
    !OF_THIS_MACHINE.test(title) &&
    Object.keys(options).every((option) => ["timeoutMs", "deadlineMs", "minCertDays", "allowPrivate"].includes(option))
  );
}

/** Takes a name a line, and gives a line of JSON for each. */
async function startJudge({ kind, program }: Judge, directory: string, ca: string): Promise<ChildProcess> {
  const stdio: StdioOptions = ["pipe", "pipe", "inherit"];
  switch (kind) {
    case "synapse":
      return spawn(program, [fileURLToPath(new URL("judge.py", import.meta.url)), await synapseConfig(directory, ca)], { stdio });
    case "mautrix-go":
      return spawn(program, { stdio, env: { ...process.env, SSL_CERT_FILE: ca } });
    case "resolvematrix":
      return spawn(program, [ca], { stdio });
  }
}

function synapseConfig(directory: string, ca: string): Promise<string> {
  return writeConfig({
    directory: join(directory, "judge"),
    serverName: "judge.test",
    more: `listeners: []
ip_range_blacklist: []
federation_ip_range_blacklist: []
federation_custom_ca_list: [${JSON.stringify(ca)}]
federation: {max_short_retries: 0, max_long_retries: 0, client_timeout: 10s}`,
  });
}

async function main({ kind, program }: Judge, directory: string, areas: readonly string[]): Promise<void> {
  useRealPlaces(realPlaces());
  const scenarios = await onlyDeclared(areas);

  const ca = join(directory, "ca.pem");
  writeFileSync(ca, (await createAuthority()).pem);
  const judge = await startJudge({ kind, program }, directory, ca);
  if (judge.stdin === null || judge.stdout === null) throw new Error("the judge has no standard input and output");
  const lines = createInterface({ input: judge.stdout })[Symbol.asyncIterator]();
  try {
    for (const scenario of scenarios.filter(isForEverybody)) {
      const net = await startNetwork();
      try {
        await scenario.network(net);
        const name = scenario.serverName ?? "example.org";
        judge.stdin.write(`${name}\n`);
        const [report, line] = await Promise.all([check(name, net.options({ timeoutMs: 10_000 })), lines.next()]);
        if (line.done === true) throw new Error("the judge ended");
        appendFileSync(
          join(directory, "situations.ndjson"),
          `${JSON.stringify(situation(kind, scenario, report, JSON.parse(line.value) as Situation["measured"]))}\n`,
        );
      } finally {
        await net.close();
      }
    }
  } finally {
    judge.stdin.end();
    await once(judge, "exit");
  }
}

function situation(kind: Judge["kind"], { title }: Scenario, report: Report, measured: Situation["measured"]): Situation {
  const reach = report.reach.find(({ homeserver }) => homeserver === JUDGES[kind]);
  return {
    title,
    findings: report.findings.filter(({ severity }) => severity !== "info").map(({ code }) => code),
    verdict: report.verdict,
    word: reach === undefined ? null : { reaches: reach.reaches, because: reach.because },
    measured,
  };
}

const [kind = "", program = "", directory = "", ...areas] = process.argv.slice(2);
await main({ kind: kind as Judge["kind"], program }, directory, areas).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  },
);
