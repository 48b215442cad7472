/**
 * What is pasted is what a person copies: each fix of every rule, from the reports of all scenarios and from the rule tests, is taken
 * from the rendered report (the terminal at 40, 80 and 200 columns, Markdown's fences, HTML's code), and given to the program that is to
 * read it. At the end, the table.
 */
import assert from "node:assert/strict";
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { after, before, describe, test } from "node:test";
import { Chalk } from "chalk";
import { judgeAgain } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { rules } from "../../src/rules/registry.ts";
import { recorded } from "../recorded/recorded.ts";
import { markdownStream } from "../../src/report/markdown.ts";
import { htmlStream } from "../../src/report/html.ts";
import { renderPretty } from "../../src/report/pretty.ts";
import { fixParts } from "../../src/views/fix-parts.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { made } from "../lab/program.ts";
import type { Observation } from "../meta/watched-rules.ts";
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
/** Of each rule, each text once; with the report of a scenario in which it stands. */
const fixes = new Map<string, { code: string; fix: string; report: Report | null }>();
const table: Row[] = [];

/** One block, copied from one place of a rendered report, and what became of it. */
interface Row {
  code: string;
  where: string;
  kind: string;
  result: string;
}

before(async () => {
  stage = await startStage({ mServer: "matrix.example.org" });
  const env = { ...process.env };
  // Set by the test runner for its own children.
  delete env["NODE_TEST_CONTEXT"];
  const child = fork(COLLECT, ["rules"], { env, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [observations] = (await once(child, "message")) as [Observation[]];
  for (const { code, fix } of observations.flatMap((each) => each.fixes)) fixes.set(`${code}\n${fix}`, { code, fix, report: null });
  for (const { facts } of recorded()) {
    const report = await judgeAgain(facts);
    for (const { code, fix } of report.findings) for (const each of fix) fixes.set(`${code}\n${each}`, { code, fix: each, report });
  }
});
after(() => stage.close());

describe("each fix, as it is copied", () => {
  test("there are many, of every rule that has any", () => {
    assert.ok(fixes.size > 400, `${fixes.size} fixes`);
    const missing = rules.map(({ code }) => code).filter((code) => ![...fixes.values()].some((each) => each.code === code));
    assert.deepEqual(
      missing.filter((code) => !code.startsWith("client/")),
      WITHOUT_FIX,
    );
  });

  test("from the terminal, Markdown and HTML the lines to paste are the same as in the fix", () => {
    for (const { code, fix, report: recordedReport } of fixes.values()) {
      const blocks = blocksOf(fix);
      const report = recordedReport ?? { ...example(), findings: [finding(code, { fix: [fix] })] };
      for (const [where, copied] of Object.entries(copies(report)))
        for (const block of blocks) assert.ok(copied.includes(block), `${code} in ${where}:\n${block}\nin\n${copied.join("\n~~~\n")}`);
    }
  });

  test("each program reads what is meant for it, from wherever it is copied", async () => {
    const refused: string[] = [];
    const read = new Map<string, string>();
    for (const { code, fix, report: recordedReport } of fixes.values()) {
      const own = blocksOf(fix);
      const report = recordedReport ?? { ...example(), findings: [finding(code, { fix: [fix] })] };
      for (const [where, copied] of Object.entries(copies(report))) {
        for (const block of copied.filter((each) => own.includes(each))) {
          const kind = kindOf(block.split("\n"));
          // Addresses and ports of the lab differ from run to run.
          const key = `${kind ?? ""} ${block}`;
          const result = read.get(key) ?? (await resultOf(kind, block));
          if (!read.has(key) && result !== "taken")
            refused.push(`${code}, copied from ${where}, ${kind ?? "nobody knows what this is"}:\n${block}\n${result}`);
          read.set(key, result);
          table.push({ code, where, kind: kind ?? "?", result });
        }
      }
    }
    assert.deepEqual(refused, [], refused.join("\n\n"));
    printTable(read.size);
  });
});

/** The first needs several resolvers, of which there is no recorded evidence; about the second there is nothing to do. */
const WITHOUT_FIX = ["tls/only-tls13"];

function blocksOf(fix: string): string[] {
  return fixParts(fix)
    .filter(({ lines }) => lines.length > 0)
    .map(({ lines }) => lines.join("\n"));
}

/** All blocks that a person finds to copy, by where. Information that needs no action is shown with -v only. */
function copies(report: Report): Record<string, string[]> {
  const pretty = (width: number): string[] => {
    const text = renderPretty(report, { chalk: new Chalk({ level: 0 }), width, unicode: true, verbose: true, quiet: false });
    return [...text.matchAll(/\n\n((?: {4}.*\n)+)(?=\n)/g)].map(([, block = ""]) => block.trimEnd().replace(/^ {4}/gm, ""));
  };
  const markdown = whole(markdownStream(), [report]);
  const page = whole(htmlStream({ name: "x", version: "1" }, { several: false }), [report]);
  return {
    "terminal, 40 columns": pretty(40),
    "terminal, 80 columns": pretty(80),
    "terminal, 200 columns": pretty(200),
    "Markdown's fence": [...markdown.matchAll(/^```+text\n([^]*?)\n```+$/gm)].map(([, block = ""]) => block),
    "HTML's code": [...page.matchAll(/<pre><code>([^]*?)<\/code><\/pre>/g)].map(([, block = ""]) => unescaped(block)),
  };
}

async function resultOf(kind: BlockKind | null, block: string): Promise<string> {
  if (kind === null) return "nobody knows what this is";
  if (!/^[\t\n\x20-\x7e]+$/.test(block)) return "not only ASCII";
  return readBy(kind, block).then(
    () => "taken",
    (error: unknown) => String(error).slice(0, 600),
  );
}

/** A row for each rule and program: how many blocks, from where, and that all were taken. */
function printTable(different: number): void {
  const rows = new Map<string, { blocks: number; where: Set<string>; results: Set<string> }>();
  for (const { code, where, kind, result } of table) {
    const key = `${code}\t${READERS[kind] ?? kind}`;
    const row = rows.get(key) ?? { blocks: 0, where: new Set(), results: new Set() };
    rows.set(key, { blocks: row.blocks + 1, where: row.where.add(where), results: row.results.add(result) });
  }
  const lines = [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { blocks, where, results }]) => {
      const [code = "", reader = ""] = key.split("\t");
      return `${code.padEnd(36)} | ${reader.padEnd(34)} | ${String(blocks).padStart(5)} from ${where.size} places | ${[...results].join(", ")}`;
    });
  process.stdout.write(
    `\n${"rule".padEnd(36)} | ${"given to".padEnd(34)} | copies | result\n${lines.join("\n")}\n${different} different blocks\n`,
  );
}

const READERS: Record<string, string> = {
  shell: "bash -n",
  json: "JSON.parse",
  zone: "named-checkzone and this tool",
  nginx: "nginx -t",
  apache: "apache2 -t",
  haproxy: "haproxy -c",
  caddy: "caddy validate",
  "caddy-transport": "caddy validate",
  yaml: "a YAML parser",
  toml: "Python's tomllib",
  openssl: "openssl req",
  pattern: "a regular expression",
  "traefik-label": "by eye: no reader here",
  "traefik-option": "by eye: no reader here",
  cloudflare: "by eye: no reader here",
  header: "by its form",
};

function unescaped(html: string): string {
  const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };
  return html.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity] ?? entity);
}

/** Rejects when the program doesn't take it. Certificates and ports are those of the stage. */
async function readBy(kind: BlockKind, block: string): Promise<void> {
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
      if (block.startsWith("$TTL")) return;
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
      const text = local(block, "nginx").replace(/^proxy_pass \S+;$/, (line) => `location /_matrix { ${line} }`);
      const live = join(stage.directory, "live/example.org");
      // The block that they are for has one already.
      const certificate = /\bssl_certificate\b/.test(text)
        ? ""
        : `ssl_certificate ${live}/fullchain.pem;\nssl_certificate_key ${live}/privkey.pem;\n`;
      await checkSyntax("nginx", stage.directory, nginx(stage, text.startsWith("server {") ? text : `server {\n${certificate}${text}\n}`));
      return;
    }
    case "apache": {
      const text = local(block, "apache");
      const host = `<VirtualHost *:${stage.ports[443]}>\n${text}\n</VirtualHost>`;
      const listen = /^Listen (\d+)$/.exec(text)?.[1];
      const base =
        listen === undefined
          ? apache(stage, /^<VirtualHost/.test(text) ? text : host)
          : apache(stage, text).replace(`Listen ${listen}\n`, "");
      await checkSyntax("apache", stage.directory, base);
      return;
    }
    case "haproxy": {
      const text = local(block, "haproxy");
      const bind = /^\s+bind /.test(text) ? "" : `    bind :${stage.ports[443]}\n`;
      const section = /^\s+server /.test(text)
        ? `backend b\n${text}\n`
        : /^\s+ssl-default/.test(text)
          ? `global\n${text}\n`
          : `frontend f\n${bind}${text}\n`;
      await checkSyntax("haproxy", stage.directory, haproxy(stage, section));
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
    case "caddy-transport":
      await checkSyntax(
        "caddy",
        stage.directory,
        caddy(stage, `example.org {\nreverse_proxy https://127.0.0.1:1 {\ntransport http {\n${block}\n}\n}\n}`),
      );
      return;
    case "pattern":
      assert.ok(new RegExp(block).test("/_matrix/key/v2/server") || new RegExp(block).test("/.well-known/matrix/server"));
      return;
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
