/** Synapse from PyPI, in a virtual environment below the project's own folder for temporary files; what is there is used again. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export const SYNAPSE_VERSION = "1.152.0";

const run = promisify(execFile);
const TEMPORARY = fileURLToPath(new URL("../../../.tmp/", import.meta.url));

/** The path of its Python. */
export async function installSynapse(): Promise<string> {
  const directory = join(TEMPORARY, `synapse-${SYNAPSE_VERSION}`);
  const python = join(directory, "bin", "python");
  const complete = join(directory, "complete");
  const lock = `${directory}.lock`;
  await mkdir(TEMPORARY, { recursive: true });
  // Several test files begin at once: the first installs, the others wait for it.
  while (!existsSync(complete)) {
    const isOurs = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (isOurs) {
      try {
        await install(directory, python);
        await mkdir(complete);
      } finally {
        await rm(lock, { recursive: true, force: true });
      }
    } else await sleep(500);
  }
  return python;
}

async function install(directory: string, python: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await run("python3", ["-m", "venv", directory]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `matrix-synapse==${SYNAPSE_VERSION}`], {
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** `Synapse 1.152.0, Twisted 26.10.0`. */
export async function versions(python: string): Promise<string> {
  const { stdout } = await run(python, [
    "-c",
    "import synapse, twisted; print(f'Synapse {synapse.__version__}, Twisted {twisted.__version__}')",
  ]);
  return stdout.trim();
}
