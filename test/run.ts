/** Runs the test files under the given folders, several at once: `node --import tsx test/run.ts [folder or file …]`. */
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** Need servers that aren't everywhere, or take as long as what they test: the demo and the benchmark. */
const NOT_BY_DEFAULT = [join("test", "e2e"), join("test", "scripts")];
const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : ["test"]).flatMap(testsIn).filter((file) => asked.length > 0 || !NOT_BY_DEFAULT.some((folder) => file.startsWith(folder)));
if (files.length === 0) throw new Error(`no test file under ${asked.join(", ")}`);

// More than there are processors: most tests wait for sockets most of the time.
run({ files, concurrency: 1 + availableParallelism() })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);

function testsIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
