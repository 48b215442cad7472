/**
 * What is pasted is what a person copies: each fix that the rule tests raise is taken from the rendered report (the terminal at 40, 80 and
 * 200 columns, Markdown's fences, HTML's code), and given to the program that is to read it.
 */
import assert from "node:assert/strict";
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { after, before, describe, test } from "node:test";
import { Chalk } from "chalk";
import { markdownStream } from "../../src/report/markdown.ts";
import { htmlStream } from "../../src/report/html.ts";
import { renderPretty } from "../../src/report/pretty.ts";
import { fixParts } from "../../src/views/fix-parts.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { made } from "../lab/program.ts";
import type { Observation } from "../meta/collect-child.ts";
import { whole } from "../report/attacks.ts";
import { example, finding } from "../report/sample.ts";
import { kindOf, type BlockKind } from "./block-kind.ts";
import { localized } from "./fix.ts";
import { apache } from "./rows-apache.ts";
import { caddy } from "./rows-caddy.ts";
import { haproxy } from "./rows-haproxy.ts";
import { nginx } from "./rows-nginx.ts";
import { checkSyntax } from "./server.ts";
import { startStage, type Stage } from "./stage.ts";

const COLLECT = made(new URL("../meta/collect-child.ts", import.meta.url));
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
let stage: Stage;
let fixes = new Map<string, string>();

before(async () => {
  stage = await startStage({ mServer: "matrix.example.org" });
  const env = { ...process.env };
  // Set by the test runner for its own children.
  delete env["NODE_TEST_CONTEXT"];
  const child = fork(COLLECT, ["rules"], { env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [observations] = (await once(child, "message")) as [Observation[]];
  fixes = new Map(observations.flatMap(({ fixes: found }) => found.map(({ code, fix }) => [fix, code] as const)));
});
after(() => stage.close());

describe("each fix, as it is copied", () => {
  test("there are many", () => assert.ok(fixes.size > 150, `${fixes.size} fixes`));

  test("from the terminal, Markdown and HTML the lines to paste are the same as in the fix", () => {
    for (const [fix, code] of fixes) {
      const blocks = fixParts(fix)
        .filter(({ lines }) => lines.length > 0)
        .map(({ lines }) => lines.join("\n"));
      const report = { ...example(), findings: [finding("a/b", { fix: [fix] })] };
      for (const width of [40, 80, 200]) {
        const text = renderPretty(report, { chalk: new Chalk({ level: 0 }), width, unicode: true, verbose: false, quiet: false });
        const shown = [...text.matchAll(/\n\n((?: {4}.*\n)+)(?=\n)/g)].map(([, block = ""]) => block.trimEnd().replace(/^ {4}/gm, ""));
        for (const block of blocks) assert.ok(shown.includes(block), `${code} at ${width} columns:\n${block}\nin\n${text}`);
      }
      const markdown = whole(markdownStream(), [report]);
      assert.deepEqual(
        [...markdown.matchAll(/^```+text\n([^]*?)\n```+$/gm)].map(([, block]) => block),
        blocks,
        code,
      );
      const page = whole(htmlStream({ name: "x", version: "1" }, { several: false }), [report]);
      const texts = [...page.matchAll(/<pre><code>([^]*?)<\/code><\/pre>/g)].map(([, block = ""]) => unescaped(block));
      assert.deepEqual(texts, blocks, code);
    }
  });

  test("each program reads what is meant for it", async () => {
    const rows = new Set<string>();
    const blocks = new Map<string, string>();
    for (const [fix, code] of fixes) for (const { lines } of fixParts(fix)) if (lines.length > 0) blocks.set(lines.join("\n"), code);
    const refused: string[] = [];
    for (const [block, code] of blocks) {
      const kind = kindOf(block.split("\n"));
      if (kind === null || !/^[\t\n\x20-\x7e]+$/.test(block)) {
        refused.push(`${code}: ${kind === null ? "nobody knows what this is" : "not only ASCII"}:\n${block}`);
        continue;
      }
      await read(kind, block).catch((error: unknown) => {
        refused.push(`${code}, ${kind}:\n${block}\n${String(error).slice(0, 600)}`);
      });
      rows.add(`${code.padEnd(40)} ${kind}`);
    }
    assert.deepEqual(refused, [], refused.join("\n\n"));
    process.stdout.write(`\n${[...rows].toSorted().join("\n")}\n${blocks.size} blocks\n`);
  });
});

function unescaped(html: string): string {
  const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };
  return html.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity);
}

/** Rejects when the program doesn't take it. Certificates and ports are those of the stage. */
async function read(kind: BlockKind, block: string): Promise<void> {
  const local = (text: string, server: "nginx" | "apache" | "haproxy" | "caddy"): string =>
    localized(text, server, stage).replace(/(\S+\/live|\S+\/certs)\/[^/\s]*(\/|\.pem)/g, "$1/example.org$2");
  switch (kind) {
    case "shell":
      execFileSync("bash", ["-n"], { input: block, stdio: "pipe" });
      return;
    case "json":
      JSON.parse(block);
      return;
    case "zone": {
      // BIND's own reading of it, in a zone that holds the name.
      const owner = /^\S+/.exec(block)?.[0] ?? "";
      const origin = owner.split(".").slice(-3).join(".");
      const head = `$TTL 3600\n${origin} IN SOA ns.${origin} hostmaster.${origin} 1 7200 3600 1209600 3600\n${origin} IN NS ns.example.\n`;
      const file = join(stage.directory, "fix.zone");
      writeFileSync(file, `${head}${block}\n`);
      assert.deepEqual(
        parseZoneFile(`${head}${block}\n`, { file: "fix", origin }).mistakes.filter(({ kind }) => kind === "srv-fields"),
        [],
      );
      execFileSync("named-checkzone", ["-q", "-k", "ignore", "-i", "none", origin, file], { stdio: "pipe", env: { ...process.env, PATH } });
      return;
    }
    case "nginx": {
      const text = local(block, "nginx");
      await checkSyntax("nginx", stage.directory, nginx(stage, text.startsWith("server {") ? text : `server {\n${text}\n}`));
      return;
    }
    case "apache": {
      const text = local(block, "apache");
      const host = `<VirtualHost *:${stage.ports[443]}>\n${text}\n</VirtualHost>`;
      await checkSyntax("apache", stage.directory, apache(stage, text.startsWith("<VirtualHost") ? text : host));
      return;
    }
    case "haproxy": {
      const text = local(block, "haproxy");
      const bind = /^\s+bind /.test(text) ? "" : `    bind :${stage.ports[443]}\n`;
      await checkSyntax("haproxy", stage.directory, haproxy(stage, `frontend f\n${bind}${text}\n`));
      return;
    }
    case "caddy": {
      const text = local(block, "caddy");
      await checkSyntax(
        "caddy",
        stage.directory,
        caddy(stage, /^\S+ \{$/m.test(text.split("\n")[0] ?? "") && !text.startsWith("handle") ? text : `example.org {\n${text}\n}`),
      );
      return;
    }
    case "yaml":
    case "toml": {
      const file = join(stage.directory, "fix.txt");
      writeFileSync(file, block);
      if (kind === "yaml") parse(block, { strict: true });
      else execFileSync("python3", ["-c", "import tomllib,sys; tomllib.load(open(sys.argv[1],'rb'))", file], { stdio: "pipe" });
      return;
    }
    case "openssl": {
      const file = join(stage.directory, "extensions.cnf");
      writeFileSync(file, `[req]\ndistinguished_name = name\nx509_extensions = extensions\n[name]\n[extensions]\n${block}\n`);
      const made = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "/dev/null",
        "-out",
        "/dev/null",
        "-subj",
        "/CN=x",
        "-config",
        file,
      ];
      execFileSync("openssl", made, { stdio: "pipe" });
      return;
    }
    // Traefik, Cloudflare: nothing here reads them.
    case "traefik-label":
    case "traefik-option":
    case "cloudflare":
    case "header":
      for (const line of block.split("\n")) assert.match(line, /^\S.*\S$/);
  }
}
