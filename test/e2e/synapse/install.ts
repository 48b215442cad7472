/** Synapse from PyPI, in a virtual environment below the project's own folder for temporary files; what is there is used again. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const SYNAPSE_VERSION = "1.152.0";

const run = promisify(execFile);
const TEMPORARY = fileURLToPath(new URL("../../../.tmp/", import.meta.url));

/** The path of its Python. */
export async function installSynapse(): Promise<string> {
  const directory = join(TEMPORARY, `synapse-${SYNAPSE_VERSION}`);
  const python = join(directory, "bin", "python");
  if (existsSync(join(directory, "complete"))) return python;
  await rm(directory, { recursive: true, force: true });
  await mkdir(TEMPORARY, { recursive: true });
  await run("python3", ["-m", "venv", directory]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `matrix-synapse==${SYNAPSE_VERSION}`], {
    maxBuffer: 16 * 1024 * 1024,
  });
  await mkdir(join(directory, "complete"));
  return python;
}

/** `Synapse 1.152.0, Twisted 26.10.0`. */
export async function versions(python: string): Promise<string> {
  const { stdout } = await run(python, [
    "-c",
    "import synapse, twisted; print(f'Synapse {synapse.__version__}, Twisted {twisted.__version__}')",
  ]);
  return stdout.trim();
}
