/** The Action, the container file and the examples: read by programs that others wrote, and run with the packed package against the lab. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { validateAction, validateWorkflow } from "@action-validator/core";
import { validate as validateDockerfile } from "dockerfile-utils";
import { parse, parseAllDocuments } from "yaml";
import { startNetwork, type Network } from "../lab/network.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("GitHub's schemas", () => {
  test("action.yml", () => assert.deepEqual(validateAction(read("action.yml")).errors, []));
  test("a mistake is found", () =>
    assert.notDeepEqual(validateAction(read("action.yml").replace("using: composite", "using: compound")).errors, []));
  for (const path of ["examples/github/zone.yml", "examples/github/nightly.yml"])
    test(path, () => assert.deepEqual(validateWorkflow(read(path)).errors, []));
});

describe("Dockerfile", () => {
  test("is valid", () => assert.deepEqual(validateDockerfile(read("Dockerfile")), []));
  test("a mistake is found", () => assert.notDeepEqual(validateDockerfile(read("Dockerfile").replace("ENTRYPOINT", "ENTRYPONT")), []));

  test("copies nothing that .dockerignore keeps out", () => {
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copied = [...read("Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = ""]) => sources.split(" "));
    assert.ok(copied.length >= 6);
    assert.deepEqual(
      copied.filter((source) => !allowed.includes(source)),
      [],
    );
  });
});

describe("systemd", () => {
  test("the units are valid", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mdc-units-"));
    try {
      const program = join(folder, "matrix-delegation-check");
      await writeFile(program, "#!/bin/sh\n");
      await chmod(program, 0o755);
      const service = (await readFile(join(ROOT, "examples/systemd/matrix-delegation-check.service"), "utf8")).replace(
        /^Documentation=.*\n/m,
        "",
      );
      assert.ok(service.includes("/usr/local/bin/matrix-delegation-check"));
      await writeFile(
        join(folder, "matrix-delegation-check.service"),
        service.replaceAll("/usr/local/bin/matrix-delegation-check", program),
      );
      await copyFile(join(ROOT, "examples/systemd/matrix-delegation-check.timer"), join(folder, "matrix-delegation-check.timer"));
      const { status, stdout, stderr } = spawnSync(
        "systemd-analyze",
        ["verify", join(folder, "matrix-delegation-check.service"), join(folder, "matrix-delegation-check.timer")],
        { encoding: "utf8", timeout: 60_000 },
      );
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
      const host =
        'object CheckCommand "dummy-up" { command = [ "/bin/true" ] }\nobject Host "hosting" { check_command = "dummy-up"\n vars.matrix_server_names = [ "example.com", "example.org" ] }\n';
      await writeFile(join(folder, "icinga2.conf"), `${read("examples/icinga2.conf")}\n${host}`);
      const { status, stdout } = spawnSync(
        "icinga2",
        [
          "daemon",
          "-C",
          "-c",
          join(folder, "icinga2.conf"),
          "-D",
          `DataDir=${folder}`,
          "-D",
          `CacheDir=${folder}`,
          "-D",
          `LogDir=${folder}`,
          "-D",
          `InitRunDir=${folder}`,
        ],
        { encoding: "utf8", timeout: 60_000 },
      );
      assert.equal(status, 0, stdout);
      assert.match(stdout, /Instantiated 2 Services\./);
      assert.doesNotMatch(stdout, /does not match anywhere|critical|warning/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Of Kubernetes' objects what the tests need. */
interface Container {
  command?: string[];
  args?: string[];
}
interface JobSpec {
  completions?: number;
  parallelism?: number;
  template: { spec: { initContainers?: [Container]; containers: [Container] } };
}
interface KubernetesObject {
  kind: string;
  spec: JobSpec & { jobTemplate: { spec: JobSpec } };
  data?: Record<string, string>;
}

const KUBERNETES = ["names", "check", "merge", "nightly"] as const;

function kubernetes(file: (typeof KUBERNETES)[number]): KubernetesObject[] {
  return parseAllDocuments(read(`examples/kubernetes/${file}.yaml`)).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as KubernetesObject;
  });
}

describe("Kubernetes", () => {
  const withoutTimes = ({ ttlSecondsAfterFinished: _, ...spec }: JobSpec & { ttlSecondsAfterFinished?: number }): JobSpec => spec;

  test("the nightly jobs are the ones that are run by hand", () => {
    const [check, merge] = kubernetes("nightly").map(({ spec }) => withoutTimes(spec.jobTemplate.spec));
    assert.deepEqual(check, withoutTimes((kubernetes("check")[0] ?? assert.fail()).spec));
    assert.deepEqual(merge, withoutTimes((kubernetes("merge")[0] ?? assert.fail()).spec));
  });

  test("as many parts everywhere", () => {
    const spec = (kubernetes("check")[0] ?? assert.fail()).spec;
    const parts = /^--shard=auto\/(\d+)$/m.exec(spec.template.spec.containers[0].args?.join("\n") ?? "")?.[1];
    const merged = (kubernetes("merge")[0] ?? assert.fail()).spec.template.spec.containers[0].args ?? [];
    assert.equal(spec.completions, Number(parts));
    assert.equal(merged.filter((arg) => arg.startsWith("--from-facts=")).length, Number(parts));
  });

  test("valid by the schemas of Kubernetes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mdc-kubernetes-"));
    try {
      await writeFile(join(folder, "package.json"), "{}");
      const installed = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "kubernetes-models@5.1.0"], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(installed.status, 0, installed.stderr);
      await writeFile(
        join(folder, "validate.mjs"),
        `import * as batch from "kubernetes-models/batch/v1";
import * as core from "kubernetes-models/v1";
const known = { ...batch, ...core };
let text = "";
for await (const chunk of process.stdin) text += chunk;
for (const object of JSON.parse(text)) new known[object.kind](object).validate();
`,
      );
      const validated = (objects: unknown[]): { status: number | null; stderr: string } =>
        spawnSync(process.execPath, ["validate.mjs"], { cwd: folder, encoding: "utf8", input: JSON.stringify(objects) });
      const all = KUBERNETES.flatMap(kubernetes);
      assert.equal(all.length, 6);
      const { status, stderr } = validated(all);
      assert.equal(status, 0, stderr);
      const mistaken = structuredClone(all.filter(({ kind }) => kind === "Job"));
      for (const { spec } of mistaken) spec.template.spec.containers[0].args = "--quiet" as never;
      assert.notEqual(validated(mistaken).status, 0, "a mistake is found");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe("run with the packed package", () => {
  let folder: string;
  let tarball: string;
  let net: Network;

  /** As the runners do: bash, in the folder, where npx finds the package. */
  async function bash(script: string, env: Record<string, string> = {}): Promise<Ended> {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: folder,
      env: {
        PATH: `${join(folder, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
        HOME: process.env["HOME"] ?? folder,
        NO_COLOR: "1",
        ...env,
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mdc-examples-"));
    const packed = spawnSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
      cwd: ROOT,
      encoding: "utf8",
    });
    tarball = join(folder, packed.stdout.trim());
    await writeFile(join(folder, "package.json"), "{}");
    const installed = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", tarball], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(installed.status, 0, installed.stderr);
    net = await startNetwork();
    await net.web("example.com", { routes: { "/.well-known/matrix/server": { body: { "m.server": "matrix.example.com:443" } } } });
    await net.homeserver("example.com", { host: "matrix.example.com", port: 443 });
    await writeFile(join(folder, "ca.pem"), net.authority.pem);
    const { dnsServers, connectTo } = net.options();
    // What the examples leave to DNS and to the machine's trusted roots.
    await writeFile(
      join(folder, "matrix-delegation-check.json"),
      JSON.stringify({ dnsServers, connectTo, caFiles: ["ca.pem"], allowPrivate: true, authoritative: false }),
    );
  });
  after(async () => {
    await net.close();
    await rm(folder, { recursive: true });
  });

  describe("the Action", () => {
    const action = parse(read("action.yml")) as {
      inputs: Record<string, { default: string }>;
      runs: { steps: [{ run: string; env: Record<string, string> }] };
    };
    const [step] = action.runs.steps;

    /** With what the runner would put in place of `${{ inputs.x }}`. */
    async function act(inputs: Record<string, string>): Promise<Ended & { output: string; summary: string }> {
      const own = await mkdtemp(join(folder, "step-"));
      const values: Record<string, string> = { package: tarball, ...inputs };
      const env = Object.fromEntries(
        Object.entries(step.env).map(([name, value]) => [
          name,
          value
            .replace(
              /\$\{\{ inputs\.([a-z-]+) \}\}/g,
              (_, input: string) => values[input] ?? action.inputs[input]?.default ?? assert.fail(input),
            )
            .replace("${{ github.action_path }}", ROOT),
        ]),
      );
      await writeFile(join(own, "output"), "");
      await writeFile(join(own, "summary"), "");
      const ended = await bash(step.run, {
        ...env,
        RUNNER_TEMP: own,
        GITHUB_RUN_ID: "1",
        GITHUB_OUTPUT: join(own, "output"),
        GITHUB_STEP_SUMMARY: join(own, "summary"),
      });
      return { ...ended, output: await readFile(join(own, "output"), "utf8"), summary: await readFile(join(own, "summary"), "utf8") };
    }

    test("a pass: verdict, report, job summary", async () => {
      const { code, stdout, stderr, output, summary } = await act({
        servers: "example.com",
        "expect-target": "matrix.example.com:443",
        "expect-via": "well-known srv",
      });
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^PASS example\.com /);
      assert.match(output, /^report=(.+)\nverdict=pass\n$/);
      const report = JSON.parse(readFileSync(/^report=(.+)$/m.exec(output)?.[1] ?? "", "utf8")) as { reports: { serverName: string }[] };
      assert.deepEqual(
        report.reports.map(({ serverName }) => serverName),
        ["example.com"],
      );
      assert.match(summary, /example\.com/);
    });

    test("a failure is annotated, and fails the step", async () => {
      const { code, stdout, output } = await act({ servers: "example.com\n", "expect-target": "new.example.com:443" });
      assert.equal(code, 1);
      assert.match(stdout, /^::error title=example\.com%3A The route leads elsewhere than expected::/m);
      assert.match(output, /^verdict=fail$/m);
    });

    test("a runner that can't find out: annotated, and no failure", async () => {
      await writeFile(
        join(folder, "dead.json"),
        JSON.stringify({ servers: ["example.com"], dnsServers: ["127.0.0.1:1"], timeout: "300ms", authoritative: false }),
      );
      const { code, stdout, output } = await act({ config: "dead.json" });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^::warning title=example\.com%3A inconclusive::/m);
      assert.match(output, /^verdict=inconclusive$/m);
    });

    test("a mistake is exit code 2; nothing of an input is read as shell or as an option", async () => {
      for (const servers of ["example.com; touch touched", "$(touch touched) `touch touched`", "--save-facts=touched"]) {
        const { code, stderr } = await act({ servers });
        assert.equal(code, 2, servers);
        assert.match(stderr, /is not a server name/);
        assert.ok(!existsSync(join(folder, "touched")));
      }
    });
  });

  describe("examples/github/zone.yml", () => {
    type Workflow = { jobs: Record<"before" | "after", { steps: { run?: string }[] }> };
    const { jobs } = parse(read("examples/github/zone.yml")) as Workflow;
    const checkOf = (job: "before" | "after"): string =>
      jobs[job].steps.map(({ run }) => run ?? "").find((run) => run.includes("matrix-delegation-check")) ?? assert.fail(job);
    const zone = (target: string): string =>
      `$ORIGIN example.com.\n$TTL 300\n@ IN SOA ns1.example.net. admin 1 3600 600 86400 300\n@ IN NS ns1.example.net.\n@ IN A 127.0.0.1\nhs IN A 127.0.0.1\nmatrix IN CNAME ${target}\n`;

    test("is what the README shows", () => {
      const shown = parse(/```yaml\n(before: [^]*?)```/.exec(read("README.md"))?.[1] ?? "") as Workflow["jobs"];
      const commands = (all: Workflow["jobs"]): string[][] =>
        [all.before, all.after].map(({ steps }) => steps.flatMap(({ run }) => run ?? []));
      assert.deepEqual(commands(shown), commands(jobs));
    });

    for (const [what, target, expected] of [
      ["a final dot is missing: the pull request fails, at that line", "hs.example.com", 1],
      ["with the dot it passes", "hs.example.com.", 0],
    ] as const) {
      test(what, async () => {
        await mkdir(join(folder, "zones"), { recursive: true });
        await writeFile(join(folder, "zones/example.com.zone"), zone(target));
        const { code, stdout, stderr } = await bash(checkOf("before"));
        assert.equal(code, expected, stdout + stderr);
        assert.equal(/^::error file=zones\/example\.com\.zone,line=7,title=/m.test(stdout), expected === 1, stdout);
      });
    }

    test("after the merge it waits and passes", async () => {
      const { code, stdout, stderr } = await bash(checkOf("after"));
      assert.equal(code, 0, stdout + stderr);
    });
  });

  test("examples/gitlab-ci.yml", async () => {
    const { federation } = parse(read("examples/gitlab-ci.yml")) as {
      federation: { script: string[]; artifacts: { reports: { junit: string }; paths: string[] } };
    };
    const { code, stdout, stderr } = await bash(federation.script.join("\n"));
    assert.equal(code, 0, stdout + stderr);
    for (const file of [federation.artifacts.reports.junit, ...federation.artifacts.paths])
      assert.match(readFileSync(join(folder, file), "utf8"), /example\.com/, file);
  });

  test("examples/prometheus-textfile.cron", async () => {
    const lines = read("examples/prometheus-textfile.cron")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const [, command = ""] = /^(?:\S+ ){5}prometheus (.+)$/.exec(lines.at(-1) ?? "") ?? [];
    assert.deepEqual(
      lines.slice(0, -1).map((line) => line.split("=")[0]),
      ["PATH", "NAMES", "PROM"],
    );
    // For cron a percent sign is the end of the command.
    assert.ok(command !== "" && !command.includes("%"));
    await writeFile(join(folder, "names.txt"), "example.com # ours\n");
    const { code, stdout, stderr } = await bash(command, { NAMES: "names.txt", PROM: join(folder, "matrix.prom") });
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    const { status, stdout: problems } = spawnSync("promtool", ["check", "metrics"], {
      input: readFileSync(join(folder, "matrix.prom"), "utf8"),
      encoding: "utf8",
    });
    assert.deepEqual([status, problems], [0, ""]);
  });

  test("examples/systemd: what the unit starts", async () => {
    const [, command = ""] = /^ExecStart=(.+)$/m.exec(read("examples/systemd/matrix-delegation-check.service")) ?? [];
    await writeFile(join(folder, "names.txt"), "example.com\n");
    await mkdir(join(folder, "matrix-delegation-check"), { recursive: true });
    const here = command
      .replace("/usr/local/bin/", "")
      .replace("/etc/matrix-delegation-check/names.txt", "names.txt")
      .replace("%S", folder);
    const { code, stdout, stderr } = await bash(here);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(readFileSync(join(folder, "matrix-delegation-check/last.ndjson"), "utf8").trimEnd().split("\n").length, 1);
  });

  describe("many machines", () => {
    /** Three names, of which the lab knows one: the others fail. */
    const NAMES = ["example.com", "not/ok", "neither/ok"];
    const results = async (place: string): Promise<string[]> =>
      (await Promise.all(Array.from({ length: 9 }, (_, part) => readFile(join(folder, place, `${part}.ndjson`), "utf8").catch(() => ""))))
        .join("")
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { serverName: string }).serverName)
        .toSorted();

    before(async () => await writeFile(join(folder, "three.txt"), `${NAMES.join("\n")}\n`));

    test("examples/kubernetes: what the pods run", async () => {
      await mkdir(join(folder, "pods"), { recursive: true });
      await writeFile(join(folder, "pods/7.ndjson"), "left by an earlier run");
      /** As the kubelet starts it; the volumes are folders of this test. */
      const pod = async ({ command, args = [] }: Container, index?: number): Promise<Ended> => {
        const words = (command ?? ["matrix-delegation-check", ...args]).map((word) =>
          word
            .replace("$(JOB_COMPLETION_INDEX)", String(index))
            .replace("/nodejs/bin/node", process.execPath)
            .replace("/results/", join(folder, "pods/"))
            .replace("/names/names.txt", "three.txt"),
        );
        return await bash(words.map((word) => `'${word}'`).join(" "), index === undefined ? {} : { JOB_COMPLETION_INDEX: String(index) });
      };
      const { completions = 0, template } = (kubernetes("check")[0] ?? assert.fail()).spec;
      const codes: (number | null)[] = [];
      for (let index = 0; index < completions; index++) {
        const cleared = await pod(template.spec.initContainers?.[0] ?? assert.fail(), index);
        assert.deepEqual([cleared.code, existsSync(join(folder, `pods/${index}.ndjson`))], [0, false], cleared.stderr);
        codes.push((await pod(template.spec.containers[0], index)).code);
      }
      assert.deepEqual([...new Set(codes)].toSorted(), [0, 1]);
      assert.deepEqual(await results("pods"), NAMES.toSorted());
      const merge = (kubernetes("merge")[0] ?? assert.fail()).spec.template.spec.containers[0];
      const merged = await pod(merge);
      assert.equal(merged.code, 1, merged.stderr);
      assert.match(merged.stdout, /^3 names {2}1 pass, 0 warn, 2 fail/m);
      assert.match(readFileSync(join(folder, "pods/report.html"), "utf8"), /example\.com/);
      assert.match(readFileSync(join(folder, "pods/matrix.prom"), "utf8"), /example\.com/);
      await rm(join(folder, "pods/3.ndjson"));
      const missing = await pod(merge);
      assert.deepEqual([missing.code, missing.stdout], [2, ""]);
      assert.match(missing.stderr, /3\.ndjson": it can't be read: no such file/);
    });

    test("examples/slurm: what the tasks run", async () => {
      const script = (name: string): string => read(`examples/slurm/${name}.sh`).replaceAll("names.txt", "three.txt");
      for (const name of ["check", "merge"]) await writeFile(join(folder, `${name}.sh`), script(name));
      const [, first = NaN, last = NaN] = (/^#SBATCH --array=(\d+)-(\d+)$/m.exec(script("check")) ?? []).map(Number);
      await mkdir(join(folder, "results"), { recursive: true });
      for (let task = first; task <= last; task++) {
        const { code, stderr } = await bash("bash check.sh", {
          SLURM_ARRAY_TASK_ID: String(task),
          SLURM_ARRAY_TASK_COUNT: String(last - first + 1),
          SLURM_ARRAY_TASK_MIN: String(first),
          SLURM_ARRAY_TASK_MAX: String(last),
          SLURM_ARRAY_TASK_STEP: "1",
        });
        assert.ok(code === 0 || code === 1, stderr);
      }
      assert.deepEqual(await results("results"), NAMES.toSorted());
      const { code, stdout } = await bash("bash merge.sh");
      assert.equal(code, 1);
      assert.match(stdout, /^3 names {2}1 pass, 0 warn, 2 fail/m);
    });

    test("examples/parallel.sh", async () => {
      await writeFile(join(folder, "parallel.sh"), read("examples/parallel.sh").replaceAll("names.txt", "three.txt"));
      await mkdir(join(folder, "results"), { recursive: true });
      await writeFile(join(folder, "results/9.ndjson"), "left by an earlier run");
      const { code, stdout, stderr } = await bash("sh parallel.sh", { HOME: folder });
      assert.equal(code, 1, stderr);
      assert.match(stdout, /^3 names {2}1 pass, 0 warn, 2 fail/m);
      assert.deepEqual(await results("results"), NAMES.toSorted());
    });
  });

  test("examples/icinga2.conf: what the check command becomes", async () => {
    const { code, stdout } = await bash("matrix-delegation-check -f nagios --min-cert-days 0 -- example.com");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^MATRIX_DELEGATION OK|OK/);
  });
});
