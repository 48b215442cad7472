/**
 * --client: the real Synapse behind each real proxy, with CORS broken in both ways (sent twice, and taken away), the client API kept from
 * it, or another file in place of the one for clients: found, mended by what is printed, and green. At the end, the table.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { check } from "../../../src/check.ts";
import type { Report } from "../../../src/facts/output.ts";
import { applyFix } from "../apply.ts";
import { FRONTS } from "../fronts.ts";
import { OWN_WELL_KNOWN } from "../row.ts";
import { assertInstalled, startServer, type Kind } from "../server.ts";
import { freePort, NAME, startStage, type Stage } from "../stage.ts";
import { installSynapse, versions } from "./install.ts";
import { startSynapse } from "./synapse.ts";

interface Fault {
  fault: string;
  /** What stands in the host's block. */
  inside: Partial<Record<Kind, string>>;
  finds: string[];
}

const FAULTS: Fault[] = [
  {
    fault: "the proxy adds the header, as the homeserver does",
    inside: {
      nginx: "add_header Access-Control-Allow-Origin * always;",
      caddy: "header Access-Control-Allow-Origin *",
      apache: 'Header always set Access-Control-Allow-Origin "*"',
      haproxy: "http-response add-header Access-Control-Allow-Origin *",
    },
    finds: ["client/cors-doubled", "client/cors-doubled"],
  },
  {
    fault: "the proxy takes the header away",
    inside: {
      nginx: "proxy_hide_header Access-Control-Allow-Origin;",
      caddy: "header -Access-Control-Allow-Origin",
      apache: "Header unset Access-Control-Allow-Origin",
      haproxy: "http-response del-header Access-Control-Allow-Origin",
    },
    finds: ["client/cors-missing", "client/versions"],
  },
  {
    fault: "the client API isn't forwarded",
    inside: {
      nginx: "location /_matrix/client { return 404; }",
      caddy: "respond /_matrix/client/* 404",
      apache: "ProxyPass /_matrix/client !",
      // HAProxy: what is printed is the fix of federation/not-routed, which proxies.test.ts applies.
    },
    finds: ["client/versions"],
  },
  {
    fault: "a page in place of the file for clients",
    inside: instead("<html><title>Welcome</title></html>", "text/html"),
    finds: ["client/invalid"],
  },
  {
    fault: "the file for servers in place of that for clients",
    inside: instead('{"m.server": "example.org:443"}', "application/json"),
    finds: ["client/server-swapped"],
  },
];

/** The proxy itself answers for /.well-known/matrix/client. */
function instead(body: string, type: string): Record<Kind, string> {
  const path = "/.well-known/matrix/client";
  return {
    nginx: `location = ${path} { default_type ${type}; add_header Access-Control-Allow-Origin * always; return 200 '${body}'; }`,
    caddy: `handle ${path} {\n\t\theader Content-Type ${type}\n\t\theader Access-Control-Allow-Origin *\n\t\trespond \`${body}\` 200\n\t}`,
    apache: `RewriteEngine On
    RewriteRule "^${path.replaceAll(".", "\\.")}$" "-" [R=200,END]
    ErrorDocument 200 '${body}'
    <Location "${path}">
        Header always set Access-Control-Allow-Origin "*"
        Header always set Content-Type "${type}"
    </Location>`,
    haproxy: `http-request return status 200 content-type "${type}" hdr Access-Control-Allow-Origin "*" string '${body}' if { path ${path} }`,
  };
}

const KINDS = Object.keys(FRONTS) as Kind[];
const table: string[] = [];
let python = "";

before(async () => {
  await assertInstalled(KINDS);
  python = await installSynapse();
  process.stdout.write(`The server: ${await versions(python)}\n`);
});

describe("what clients need of a real Synapse, broken and mended", { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      for (const { fault, inside, finds } of FAULTS) {
        const lines = inside[kind];
        if (lines !== undefined) test(`${kind}: ${fault}`, () => proved(kind, { fault, lines, finds }));
      }
    });
  }
});

after(() => process.stdout.write(`\nproxy | fault | findings | verdict after\n${table.join("\n")}\n`));

async function proved(kind: Kind, { fault, lines, finds }: { fault: string; lines: string; finds: string[] }): Promise<void> {
  const stage = await startStage(OWN_WELL_KNOWN);
  await stage.backend.close();
  const port = await freePort();
  stage.backend = Object.assign(Object.create(stage.backend) as typeof stage.backend, { port });
  const synapse = await startSynapse(python, port, {
    directory: join(stage.directory, "synapse"),
    serverName: NAME,
    more: `public_baseurl: https://${NAME}/
serve_server_wellknown: true
listeners:
  - {port: ${port}, type: http, tls: false, x_forwarded: true, bind_addresses: ['127.0.0.1'], resources: [{names: [client, federation]}]}
`,
  });
  try {
    let config = FRONTS[kind](stage, { host: NAME, port: 443, to: port, inside: lines });
    const server = await startServer(kind, { directory: stage.directory, config, port: stage.ports[443], adminPort: stage.ports.admin });
    try {
      const report = await stage.check((options) => check(NAME, { ...options, client: true }));
      const wrong = report.findings.filter(({ severity }) => severity !== "info");
      assert.deepEqual(wrong.map(({ code }) => code).toSorted(), finds, JSON.stringify(report.findings, null, 1));
      assert.deepEqual(
        report.reach.filter(({ reaches }) => reaches === "no" || reaches === "sometimes"),
        [],
      );
      // A consequence goes away with its cause.
      for (const { fix } of wrong) if (fix[0] !== undefined) config = await applyFix(kind, config, fix[0], stage);
      await server.reload(config);
      const mended = await reloaded(stage);
      const left = mended.findings.filter(({ severity }) => severity !== "info").map(({ code, detail }) => `${code}: ${detail}`);
      assert.deepEqual(left, [], `after:\n${config}`);
      table.push([kind, fault, finds.join(", "), mended.verdict].join(" | "));
    } finally {
      await server.stop();
    }
  } finally {
    await synapse.stop();
    await stage.close();
  }
}

/** Processes with the former configuration may take a connection for a moment longer. */
async function reloaded(stage: Stage): Promise<Report> {
  const until = performance.now() + 10_000;
  for (;;) {
    const report = await stage.check((options) => check(NAME, { ...options, client: true }));
    if (report.verdict === "pass" || performance.now() > until) return report;
    await sleep(250);
  }
}
