/**
 * Synapse as the judge: its own federation client tries the servers of test/scenarios, at real addresses and ports inside network
 * namespaces, and what the report says of Synapse must be what Synapse does. At the end, the table.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { made } from "../../lab/program.ts";
import { installSynapse, versions } from "./install.ts";
import type { Situation } from "./namespace-child.ts";

/**
 * Files of test/scenarios that are about servers, dealt out so that each group takes about as long: most of the time is spent waiting for
 * silence.
 */
const GROUPS = [
  ["name", "well-known", "keys"],
  ["srv", "dns"],
  ["address", "tls"],
  ["connect", "federation", "clues"],
];
const LEAST_AGREEMENT = 0.99;

/** Where the word and the deed differ, and why that is right. */
const EXPLAINED: Record<string, string> = {
  "more records than a datagram holds come over TCP, in the right order": "the lab gives its targets the server of another host",
  "well-known/timeout: no header comes, and 8448 works": "the first request fails; after that Synapse remembers that there is no file",
  "federation/content-type": "only the version is refused, which federation doesn't need; the keys are accepted",
  "federation/bad-version: no object": "only the version is refused, which federation doesn't need; the keys are accepted",
  "keys/malformed": "the keys that can be read are taken; what the specification demands is broken all the same",
  "keys/expired": "the keys are taken for old events; requests that are signed with them now are refused",
};

let python = "";
const situations: Situation[] = [];

before(async () => {
  python = await installSynapse();
  process.stdout.write(`The judge: ${await versions(python)}\n`);
});

describe("what the report says of Synapse is what Synapse does", { concurrency: GROUPS.length }, () => {
  for (const areas of GROUPS) test(areas.join(", "), async () => void situations.push(...(await measured(areas))));
});

after(() => {
  const judged = situations.filter(({ word }) => word?.reaches === "yes" || word?.reaches === "no");
  const wrong = judged.filter((situation) => !agrees(situation) && !(situation.title in EXPLAINED));
  for (const each of judged)
    process.stdout.write(
      `${agrees(each) ? "agrees" : (EXPLAINED[each.title] ?? "DIFFERS")} | ${each.title} | ${each.word?.reaches ?? ""} | ${deed(each)}\n`,
    );
  process.stdout.write(
    `${judged.length - wrong.length} of ${judged.length} agree, ${Object.keys(EXPLAINED).length} of them by an explanation; of ${situations.length - judged.length} nothing certain is said\n`,
  );
  assert.ok(judged.length >= 40, `${judged.length} situations`);
  assert.ok(1 - wrong.length / judged.length >= LEAST_AGREEMENT, wrong.map(({ title }) => title).join("\n"));
});

function reaches({ measured }: Situation): boolean {
  return measured.reached && measured.keysAccepted;
}

function agrees(situation: Situation): boolean {
  return (situation.word?.reaches === "yes") === reaches(situation);
}

function deed(situation: Situation): string {
  const { error, keysError } = situation.measured;
  return reaches(situation) ? "reached" : (error ?? keysError ?? "").slice(0, 100);
}

async function measured(areas: readonly string[]): Promise<Situation[]> {
  const directory = mkdtempSync(join(tmpdir(), "mdc-judge-"));
  try {
    writeFileSync(join(directory, "resolv.conf"), "nameserver 198.18.255.53\n");
    // All addresses of these ranges are this machine's own, inside the namespace; its resolver is the lab's.
    const script = `
      ip link set lo up
      echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
      ip route add local 198.18.0.0/15 dev lo
      ip -6 route add local 2001:db8::/32 dev lo
      mount --bind "$0/resolv.conf" /etc/resolv.conf
      exec "$@"`;
    // Loaded as this process was; no test of the scenarios' files is to run there.
    const node = [process.execPath, ...process.execArgv.filter((each) => !each.startsWith("--test")), "--test-name-pattern=^none$"];
    const inside = [...node, made(new URL("namespace-child.ts", import.meta.url)), python, directory, ...areas];
    const child = spawn("unshare", ["--net", "--mount", "--fork", "sh", "-euc", script, directory, ...inside], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, errors);
    return readFileSync(join(directory, "situations.ndjson"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Situation);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
