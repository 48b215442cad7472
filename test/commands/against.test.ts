/** `--against` as a user runs it: the built program over the lab, a change between two zone files, and what each format says of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Output } from "../../src/facts/output.ts";
import { startNetwork } from "../lab/network.ts";
import { temporary } from "./stage.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));

const zone = (host: string): string => `$ORIGIN example.org.
$TTL 300
@ IN SOA ns1 admin 1 3600 600 86400 120
@ IN NS  ns1.example.net.
@ IN A   127.0.0.1
_matrix-fed._tcp 7200 IN SRV 10 5 8448 ${host}
${host} A 127.0.0.1
`;

/** What a reader must find, whatever the format: both routes, the record, and who still uses the old one. */
const SAID = [/old\.example\.org:8448/, /new\.example\.org:8448/, /10 5 8448 old\.example\.org/, /resolvers keep/];

test("a change of the SRV record is told in every format that a person or a program reads", async (context) => {
  const path = await temporary(context);
  const net = await startNetwork();
  try {
    for (const host of ["old.example.org", "new.example.org"])
      await net.homeserver("example.org", { host, unpublished: true, tls: await net.issuer.issue({ names: ["example.org"] }) });
    await net.web("example.org", { unpublished: true });
    await writeFile(path("roots.pem"), net.authority.pem);
    await writeFile(path("db.old"), zone("old"));
    await writeFile(path("db.new"), zone("new"));
    const { dnsServers = [], connectTo = [] } = net.options();
    const args = [
      ...["example.org", "--allow-private", "--ca-file", "roots.pem", "--zone-file", "db.new", "--against", "db.old"],
      ...dnsServers.flatMap((server) => ["--dns-server", server]),
      ...connectTo.flatMap((to) => ["--connect-to", to]),
      ...["html", "junit", "sarif", "markdown", "github", "json"].flatMap((format) => ["--report", `${format}=out.${format}`]),
    ];
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: path("."),
      env: { ...process.env, NO_COLOR: "1", GITHUB_STEP_SUMMARY: "" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    const [pretty, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    assert.equal(stderr, "");
    assert.equal(code, 0, pretty);
    assert.match(pretty, /^What changes against db\.old$/m);
    const read = async (format: string): Promise<string> => await readFile(path(`out.${format}`), "utf8");
    const [html, junit, sarif, markdown, github, json] = await Promise.all(
      ["html", "junit", "sarif", "markdown", "github", "json"].map(read),
    );

    const all: [format: string, said: string | undefined][] = [
      ["pretty", pretty.replace(/\n +/g, " ")],
      ["html", html],
      ["junit", junit],
      ["sarif", sarif],
      ["markdown", markdown],
      ["github", github],
      ["json", json],
    ];
    for (const [format, said = ""] of all) {
      for (const part of SAID)
        if (format !== "json" || !part.source.includes("keep")) assert.match(said.replaceAll("`", ""), part, `${format}:\n${said}`);
    }
    const [report] = (JSON.parse(json ?? "") as Output).reports;
    assert.equal(report?.difference?.before?.targets[0], "old.example.org:8448");

    assert.match(html ?? "", /<h3>What changes against db\.old<\/h3>\n<p>Homeservers move from old\.example\.org:8448/);
    assert.match(junit ?? "", /<property name="difference" value="Homeservers move from old\.example\.org:8448/);
    assert.match(junit ?? "", /<system-out>What changes against db\.old:\nHomeservers move from/);
    type Sarif = { runs: { results: { ruleId: string; kind?: string; level: string; properties: { difference?: unknown } }[] }[] };
    const results = (JSON.parse(sarif ?? "") as Sarif).runs[0]?.results.filter(({ ruleId }) => ruleId === "change");
    assert.deepEqual(
      results?.map(({ kind, level, properties }) => [kind, level, properties.difference]),
      [["informational", "none", report?.difference]],
    );
  } finally {
    await net.close();
  }
});
