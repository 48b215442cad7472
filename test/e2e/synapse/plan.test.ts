/** `plan --with synapse`, carried out on the real Synapse: with TLS of its own, and behind a web server with the file that it serves. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import type { Report } from "../../../src/facts/output.ts";
import { FRONTS } from "../fronts.ts";
import { shownPlan, type ShownStep } from "../plan-text.ts";
import { OWN_WELL_KNOWN, TO_8448 } from "../row.ts";
import { assertInstalled, startServer } from "../server.ts";
import { freePort, HOST, NAME, startStage, type Stage } from "../stage.ts";
import { installSynapse } from "./install.ts";
import { startSynapse, type RealSynapse } from "./synapse.ts";

let python = "";

before(async () => {
  await assertInstalled(["nginx"]);
  python = await installSynapse();
});

describe("plan --with synapse, carried out", { concurrency: 2 }, () => {
  test("Synapse's own listener with TLS on 8448", async () => {
    const steps = await shownPlan([NAME, "--to", `${HOST}:8448`, "--with", "synapse"]);
    const stage = await startStage(TO_8448);
    try {
      const files = join(stage.directory, "synapse-files");
      mkdirSync(files);
      // What certbot's hook does.
      const hook = pasted(steps, /--deploy-hook/);
      for (const [, file = ""] of hook.matchAll(/(\/\S+\.pem)/g))
        writeFileSync(
          join(files, file.split("/").at(-1) ?? ""),
          readFileSync(file.replace("/etc/letsencrypt/", `${stage.directory}/`), "utf8"),
        );
      const yaml = pasted(steps, /^tls_certificate_path/).replace("port: 8448", `port: ${stage.ports[8448]}`);
      const settings = parse(yaml.replaceAll("/etc/matrix-synapse/", `${files}/`)) as { listeners: object[] };
      const plain = await freePort();
      await withSynapse(stage, plain, { ...settings, listeners: [listener(plain), ...settings.listeners] }, async () => {
        assertPass(await stage.check());
      });
      const lines = steps.flatMap(({ parts }) => parts.flatMap((part) => part.lines));
      assert.ok(!lines.some((line) => line.includes("serve_server_wellknown")), "it can't announce that");
    } finally {
      await stage.close();
    }
  });

  test("behind a web server, with the file that Synapse serves", async () => {
    const steps = await shownPlan([NAME, "--to", `${NAME}:443`, "--with", "synapse"]);
    const stage = await startStage(OWN_WELL_KNOWN);
    try {
      const port = await freePort();
      const yaml = pasted(steps, /^listeners:/).replace("port: 8008", `port: ${port}`);
      await withSynapse(stage, port, parse(yaml) as object, async (synapse) => {
        const server = await startServer("nginx", {
          directory: stage.directory,
          config: FRONTS.nginx(stage, { host: NAME, port: 443, to: port }),
          port: stage.ports[443],
          adminPort: stage.ports.admin,
        });
        try {
          await synapse.change(pasted(steps, /^serve_server_wellknown/));
          const report = await stage.check();
          assertPass(report);
          assert.equal(report.route?.delegatedName, `${NAME}:443`);
        } finally {
          await server.stop();
        }
      });
    } finally {
      await stage.close();
    }
  });
});

function listener(port: number): object {
  return { port, type: "http", tls: false, bind_addresses: ["127.0.0.1"], resources: [{ names: ["client"] }] };
}

async function withSynapse(stage: Stage, port: number, settings: object, run: (synapse: RealSynapse) => Promise<void>): Promise<void> {
  await stage.backend.close();
  const more = Object.entries(settings)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join("\n");
  const synapse = await startSynapse(python, port, { directory: join(stage.directory, "synapse"), serverName: NAME, more });
  try {
    await run(synapse);
  } finally {
    await synapse.stop();
  }
}

/** The lines to paste of which the first fits. */
function pasted(steps: readonly ShownStep[], begins: RegExp): string {
  const found = steps.flatMap(({ parts }) => parts).find(({ lines }) => begins.test(lines[0] ?? ""));
  return found?.lines.join("\n") ?? assert.fail(`nothing begins with ${String(begins)}`);
}

function assertPass({ verdict, findings }: Report): void {
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "info").map(({ code, detail }) => `${code}: ${detail}`),
    [],
  );
  assert.equal(verdict, "pass");
}
