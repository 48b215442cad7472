/** What an install brings: packages, bytes, and nothing that runs or must be compiled. */
import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./processes.ts";
import { megabytes, type Section } from "./table.ts";

const MAX_PACKAGES = 26;
const MAX_BYTES = 9_000_000;
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

export async function packageSize(): Promise<Section> {
  const section = "package";
  const folders = (await npm(["ls", "--omit=dev", "--all", "--parseable"]))
    .trim()
    .split("\n")
    .filter((folder) => !isSame(folder, ROOT));
  const [packed] = JSON.parse(await npm(["pack", "--dry-run", "--json", "--ignore-scripts"])) as { unpackedSize: number }[];
  const own = packed?.unpackedSize ?? NaN;
  const contents = await Promise.all(folders.map(contentsOf));
  const dependencies = contents.reduce((sum, { bytes }) => sum + bytes, 0);
  const running = contents.filter(({ runs }) => runs).length;
  const packages = folders.length + 1;
  const bytes = own + dependencies;
  return {
    title: section,
    note: `With this one; ${megabytes(own)} of it are its own, ${megabytes(dependencies)} its ${folders.length} dependencies'.`,
    rows: [
      { section, what: "packages", measured: String(packages), budget: { text: String(MAX_PACKAGES), kept: packages <= MAX_PACKAGES } },
      {
        section,
        what: "unpacked",
        measured: megabytes(bytes),
        budget: { text: megabytes(MAX_BYTES).replace(".0", ""), kept: bytes <= MAX_BYTES },
      },
      { section, what: "with native code, install script", measured: String(running), budget: { text: "0", kept: running === 0 } },
    ],
  };
}

async function npm(args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("npm", args, {
    cwd: ROOT,
    maxBuffer: 16 * 1024 * 1024,
    shell: process.platform === "win32",
  });
  return stdout;
}

function isSame(folder: string, other: string): boolean {
  return join(folder, ".") === join(other, ".").replace(/[\\/]$/, "");
}

/** `runs`: something is run or compiled when it is installed. Packages inside it are counted as their own. */
async function contentsOf(folder: string): Promise<{ bytes: number; runs: boolean }> {
  const files = (await readdir(folder, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const own = files.filter((file) => !file.slice(folder.length).includes("node_modules"));
  const sizes = await Promise.all(own.map(async (file) => (await stat(file)).size));
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { scripts?: Record<string, string> };
  const runs =
    INSTALL_SCRIPTS.some((script) => manifest.scripts?.[script] !== undefined) ||
    own.some((file) => /\.node$|[\\/]binding\.gyp$/.test(file));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), runs };
}
