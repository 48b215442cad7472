/** The Action, the container file and the examples, read by programs that others wrote. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { validateAction, validateWorkflow } from "@action-validator/core";
import { validate as validateDockerfile } from "dockerfile-utils";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("GitHub's schemas", () => {
  test("action.yml", () => assert.deepEqual(validateAction(read("action.yml")).errors, []));
  test("a mistake is found", () => assert.notDeepEqual(validateAction(read("action.yml").replace("using: composite", "using: compound")).errors, []));
  for (const path of ["examples/github/zone.yml", "examples/github/nightly.yml"]) test(path, () => assert.deepEqual(validateWorkflow(read(path)).errors, []));
});

describe("Dockerfile", () => {
  test("is valid", () => assert.deepEqual(validateDockerfile(read("Dockerfile")), []));
  test("a mistake is found", () => assert.notDeepEqual(validateDockerfile(read("Dockerfile").replace("ENTRYPOINT", "ENTRYPONT")), []));

  test("copies nothing that .dockerignore keeps out", () => {
    const allowed = read(".dockerignore").split("\n").filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = ""]) => sources.split(" "));
    assert.ok(copied.length >= 6);
    assert.deepEqual(copied.filter((source) => !allowed.includes(source)), []);
  });
});

describe("systemd", () => {
  test("the units are valid", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mdc-units-"));
    try {
      const program = join(folder, "matrix-delegation-check");
      await writeFile(program, "#!/bin/sh\n");
      await chmod(program, 0o755);
      const service = (await readFile(join(ROOT, "examples/systemd/matrix-delegation-check.service"), "utf8")).replace(/^Documentation=.*\n/m, "");
      assert.ok(service.includes("/usr/local/bin/matrix-delegation-check"));
      await writeFile(join(folder, "matrix-delegation-check.service"), service.replaceAll("/usr/local/bin/matrix-delegation-check", program));
      await copyFile(join(ROOT, "examples/systemd/matrix-delegation-check.timer"), join(folder, "matrix-delegation-check.timer"));
      const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", join(folder, "matrix-delegation-check.service"), join(folder, "matrix-delegation-check.timer")], { encoding: "utf8", timeout: 60_000 });
      assert.deepEqual([status, stdout + stderr], [0, ""]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("Icinga 2", () => {
  test("the configuration is valid, and its rule makes a service", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mdc-icinga-"));
    try {
      // It gives up root.
      await chmod(folder, 0o777);
      const host = 'object CheckCommand "dummy-up" { command = [ "/bin/true" ] }\nobject Host "hosting" { check_command = "dummy-up"\n vars.matrix_server_names = [ "example.com", "example.org" ] }\n';
      await writeFile(join(folder, "icinga2.conf"), `${read("examples/icinga2.conf")}\n${host}`);
      const { status, stdout } = spawnSync("icinga2", ["daemon", "-C", "-c", join(folder, "icinga2.conf"), "-D", `DataDir=${folder}`, "-D", `CacheDir=${folder}`, "-D", `LogDir=${folder}`, "-D", `InitRunDir=${folder}`], { encoding: "utf8", timeout: 60_000 });
      assert.equal(status, 0, stdout);
      assert.match(stdout, /Instantiated 2 Services\./);
      assert.doesNotMatch(stdout, /does not match anywhere|critical|warning/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
