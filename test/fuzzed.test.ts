/**
 * What `npm run fuzz` once found runs again: put the name that it printed ("FAILED dns:7:42") into the list. A case follows from its name
 * alone, for as long as scripts/fuzz/ stays as it is.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FUZZER = fileURLToPath(new URL("../scripts/fuzz.ts", import.meta.url));

/** One over sockets and one of a file, so that the way to them is known to be open, and those that failed. */
const CASES = ["json:11:1", "zone:11:1"];

async function fuzz(names: readonly string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const child = spawn(process.execPath, ["--import", "tsx", FUZZER, "--case", names.join(",")], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code };
}

test("cases of the fuzzer that failed once", async () => {
  assert.deepEqual(await fuzz(CASES), { stdout: "", stderr: "", code: 0 });
});
