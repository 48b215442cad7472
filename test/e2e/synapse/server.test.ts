/**
 * Synapse as the server: the real one behind each real proxy, wrongly configured, found, mended by what is printed, and green. At the end,
 * the table.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fixParts } from "../../../src/views/fix-parts.ts";
import { localized } from "../fix.ts";
import { FRONTS, type Front } from "../fronts.ts";
import { TO_8448, OWN_WELL_KNOWN } from "../row.ts";
import { assertInstalled, startServer, type Kind } from "../server.ts";
import { freePort, HOST, NAME, startStage, type Stage, type StageOptions } from "../stage.ts";
import { installSynapse, versions } from "./install.ts";
import { startSynapse } from "./synapse.ts";

interface Fault {
  fault: string;
  stage: StageOptions;
  front: Omit<Front, "to">;
  serverName?: string;
  /** Of the listener to which the proxy forwards. */
  resources: string;
  more?: string;
  /** Code of the first finding; null: from outside nothing can be seen of it. */
  finds: string | null;
}

const AT_THE_NAME = { host: NAME, port: 443 } as const;
const AT_THE_HOST = { host: HOST, port: 8448 } as const;
const FAULTS: Fault[] = [
  {
    fault: "serve_server_wellknown isn't set",
    stage: OWN_WELL_KNOWN,
    front: AT_THE_NAME,
    resources: "[client, federation]",
    finds: "well-known/synapse-not-serving",
  },
  {
    fault: "the listener has no federation resource",
    stage: TO_8448,
    front: AT_THE_HOST,
    resources: "[client]",
    finds: "federation/listener-missing",
  },
  {
    fault: "another server_name",
    stage: TO_8448,
    front: AT_THE_HOST,
    serverName: "example.net",
    resources: "[client, federation]",
    finds: "keys/server-name-mismatch",
  },
  {
    fault: "federation_domain_whitelist without us",
    stage: TO_8448,
    front: AT_THE_HOST,
    resources: "[client, federation]",
    more: "federation_domain_whitelist: [friend.example]",
    finds: null,
  },
];
const KINDS = Object.keys(FRONTS) as Kind[];
const table: string[] = [];
let python = "";

before(async () => {
  await assertInstalled(KINDS);
  python = await installSynapse();
  process.stdout.write(`The server: ${await versions(python)}\n`);
});

describe("a real Synapse, wrongly configured", { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      for (const fault of FAULTS) test(`${kind}: ${fault.fault}`, () => proved(kind, fault));
    });
  }
});

after(() => process.stdout.write(`\nproxy | fault | first finding | verdict after\n${table.join("\n")}\n`));

async function proved(kind: Kind, { fault, stage: options, front, serverName = NAME, resources, more = "", finds }: Fault): Promise<void> {
  const stage = await startStage(options);
  // The lab's homeserver gives its place to the real one.
  await stage.backend.close();
  // Not the lab's port, which the system may give to somebody else before Synapse has started.
  const port = await freePort();
  stage.backend = Object.assign(Object.create(stage.backend) as typeof stage.backend, { port });
  const synapse = await startSynapse(python, port, {
    directory: join(stage.directory, "synapse"),
    serverName,
    more: `listeners:\n  - {port: ${port}, type: http, tls: false, x_forwarded: true, bind_addresses: ['127.0.0.1'], resources: [{names: ${resources}}]}\n${more}`,
  });
  try {
    const server = await startServer(kind, {
      directory: stage.directory,
      config: FRONTS[kind](stage, { ...front, to: port }),
      port: stage.ports[front.port],
      adminPort: stage.ports.admin,
    });
    try {
      const report = await stage.check();
      const [first] = report.findings.filter(({ severity }) => severity !== "info");
      assert.equal(first?.code ?? null, finds, JSON.stringify(report.findings, null, 1));
      if (first !== undefined) await synapse.change(yamlOf(first.fix, kind, stage));
      const mended = await stage.check();
      const left = mended.findings.filter(({ severity }) => severity !== "info").map(({ code, detail }) => `${code}: ${detail}`);
      assert.deepEqual(left, [], `after: ${first?.fix.join("\n") ?? "nothing"}`);
      assert.equal(mended.verdict, "pass");
      table.push([kind, fault, finds ?? "nothing: it can't be seen from outside", mended.verdict].join(" | "));
    } finally {
      await server.stop();
    }
  } finally {
    await synapse.stop();
    await stage.close();
  }
}

/** The settings that a fix prints: the first lines to paste of the one that is about homeserver.yaml. */
function yamlOf(fixes: readonly string[], kind: Kind, stage: Stage): string {
  const fix = fixes.find((each) => /homeserver\.yaml/.test(each)) ?? assert.fail(`no fix is about homeserver.yaml:\n${fixes.join("\n")}`);
  const [settings] = fixParts(localized(fix, kind, stage).replace(/port: 8008\b/, `port: ${stage.backend.port}`));
  return settings?.lines.join("\n") ?? assert.fail(`nothing to paste in:\n${fix}`);
}
