/**
 * Every format of the real program, read by programs that others wrote: about healthy and broken servers of the lab, about servers that
 * send what would get out of a format, and about recorded evidence in which every string is such an attack. What has to be installed is in
 * install.sh.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FORMATS, type FormatName } from "../../src/commands/options.ts";
import type { Output } from "../../src/facts/output.ts";
import { FORMAT_ATTACKS, HARMFUL } from "../report/attacks.ts";
import { commandsOf } from "../report/readers/github.ts";
import { readHtml } from "../report/readers/html.ts";
import { readJunit } from "../report/readers/junit.ts";
import { skeleton } from "../report/readers/markdown.ts";
import { readNagios } from "../report/readers/nagios.ts";
import { isOutput, isReport } from "../report/readers/output.ts";
import { readPrometheus } from "../report/readers/prometheus.ts";
import { isSarif } from "../report/readers/sarif.ts";
import { assertTap, readTap } from "../report/readers/tap.ts";
import { hostile } from "../report/sample.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { createSigner } from "../lab/signing.ts";
import { startBrowser, type Browser } from "./browser.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));

interface Run {
  title: string;
  /** Without formats. */
  args: string[];
  names: number;
}

let directory = "";
let net: Network;
/** Started when it is needed: without one everything else is checked all the same. */
let browser: Promise<Browser> | null = null;
const runs: Run[] = [
  { title: "servers of the lab", args: [], names: 9 },
  { title: "one healthy server", args: [], names: 1 },
  { title: "one server of many attacks", args: [], names: 1 },
  { title: "recorded evidence", args: [], names: FORMAT_ATTACKS.length },
];
const fileOf = (run: number, format: FormatName): string => join(directory, `${run}.${format}`);
const written = (run: number, format: FormatName): Promise<string> => readFile(fileOf(run, format), "utf8");

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "mdc-formats-"));
  net = await startNetwork();
  const names = await servers(net);
  await writeFile(join(directory, "root.pem"), net.authority.pem);
  await writeFile(join(directory, "names"), [...names, '"><script>alert(1)</script>'].join("\n"));
  await writeFile(join(directory, "facts"), FORMAT_ATTACKS.map((attack) => JSON.stringify(hostileFacts(attack))).join("\n"));
  const lab = [...net.args(join(directory, "root.pem")), "--timeout", "10s"];
  const args = [
    ["--from-file", join(directory, "names"), ...lab],
    ["healthy.example.org", ...lab],
    ["hostile.example.org", ...lab],
    ["--from-facts", join(directory, "facts")],
  ];
  for (const [index, each] of args.entries()) runs[index]!.args = each;
  await Promise.all(
    runs.map(({ args: own }, index) =>
      program([...own, ...FORMATS.flatMap((format) => ["--report", `${format}=${fileOf(index, format)}`])]),
    ),
  );
});
after(async () => {
  await net.close();
  await browser?.then(
    (each) => each.close(),
    () => {},
  );
  await rm(directory, { recursive: true, force: true });
});

/** What is wrong with each, and nothing more: which findings come of it is for the scenarios. */
async function servers({ authority: _, ...lab }: Network): Promise<string[]> {
  await lab.homeserver("healthy.example.org", { delegatesTo: "healthy.example.org:8448" });
  await lab.web("healthy.example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "healthy.example.org:8448" } } } });

  await lab.web("closed.example.org");
  await lab.closed("closed.example.org", 8448);

  await lab.web("srv.example.org");
  lab.publish("_matrix-fed._tcp.srv.example.org", { SRV: ["10 5 8448 target.example.net"] });
  await lab.homeserver("srv.example.org", { host: "target.example.net" });

  await lab.web("expired.example.org");
  await lab.homeserver("expired.example.org", {
    tls: await lab.issuer.issue({
      names: ["other.example.net"],
      notBefore: new Date(Date.now() - 9e9),
      notAfter: new Date(Date.now() - 9e8),
    }),
  });

  lab.publish("servfail.example.org", {
    any: { rcode: "SERVFAIL", ede: [{ code: 22, text: "\u001b[2J<b>no</b>\n::error::reachable" }] },
  } as never);

  await lab.web("url.example.org", {
    routes: { "/.well-known/matrix/server": { body: { "m.server": 'https://url.example.org/"><script>alert(1)</script>\n::error::x' } } },
  });
  await lab.homeserver("url.example.org");

  // Every attack at every place that a server fills.
  const all = FORMAT_ATTACKS.join(" ").slice(0, 4000);
  const tls = await lab.issuer.issue({
    names: ["hostile.example.org", "<img src=x>.example.org", "`|::error::.example.org"],
    commonName: "</title><script>alert(1)</script>",
    subjectSuffix: "O=\u001b]0;owned\u0007",
  });
  await lab.web("hostile.example.org", {
    tls,
    routes: {
      "/.well-known/matrix/server": {
        status: 500,
        headers: { "x-evil": '"><script>alert(1)</script>', server: "::error::x `|" },
        body: all,
      },
    },
  });
  await lab.homeserver("hostile.example.org", {
    tls,
    version: { body: { server: { name: FORMAT_ATTACKS.slice(20, 50).join(" "), version: FORMAT_ATTACKS.slice(50).join(" ") } } },
    keys: {
      body: {
        ...createSigner("hostile.example.org").keyResponse(),
        server_name: '"><script>alert(1)</script>',
        old_verify_keys: { "ed25519:<svg onload=alert(1)>": { key: "AAAA", expired_ts: 1 } },
      },
    },
    event: { status: 403, body: { errcode: "M_<script>", error: all } },
  });

  await lab.web("target.example.org");
  lab.publish("_matrix-fed._tcp.target.example.org", { SRV: ["10 5 8448 <script>alert(1)</script>.example.net"] });
  return ["healthy", "closed", "srv", "expired", "servfail", "url", "hostile", "target"].map((name) => `${name}.example.org`);
}

/** Dates stay dates: nothing else is taken for evidence. */
function hostileFacts(attack: string): unknown {
  const { facts } = hostile(attack);
  return JSON.parse(
    JSON.stringify(facts, (key, value: unknown) =>
      ["startedAt", "notBefore", "notAfter"].includes(key) ? "2026-10-01T12:00:00.000Z" : value,
    ),
  );
}

/** The program as it is published; its exit code says that there are findings, or none. */
async function program(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  assert.ok(code === 0 || code === 1, `exit code ${code}\n${stderr}`);
  assert.equal(stderr, "");
  return stdout;
}

/** Status and everything that is said. Not being installed is a failure: nothing would be checked. */
function judged(tool: string, debian: string, args: string[], input: string): { status: number | null; stdout: string; said: string } {
  const { error, status, stdout, stderr } = spawnSync(tool, args, {
    input,
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(error, undefined, `${tool} doesn't run: test/e2e/install.sh installs it (Debian: ${debian})`);
  return { status, stdout, said: `${stdout.slice(-2000)}${stderr.slice(-2000)}` };
}

const schema = (name: string): string => fileURLToPath(new URL(`../report/schemas/${name}`, import.meta.url));
/** The copy of Windy Road's schema is from before it had `skipped`; those are Jenkins' schema's to judge. */
const withoutSkipped = (xml: string): string => xml.replace(/ skipped="\d+"/g, "").replace(/<skipped [^<>]*\/>/g, "");
/** tidy is from before there were slots. */
const withoutSlots = (page: string): string => page.replace(/<template .*<\/template>\n/, "").replace(' slot="totals"', "");
/** Tidy takes the title of a drawing for that of a page, which has no id. */
const withoutTitleIds = (page: string): string => page.replace(/<title id="[^"]*">/g, "<title>");

const PERFORMANCE_DATA = `
use Monitoring::Plugin::Performance;
my ($text, $data) = split /\\|/, join('', <STDIN>), 2;
print join(' ', map { $_->label . '=' . $_->value . ($_->uom // '') } Monitoring::Plugin::Performance->parse_perfstring($data));
`;

const VALIDATORS: Record<FormatName, (text: string, run: Run) => void> = {
  pretty: (text, { names }) => assert.equal(text.match(/^(PASS|WARN|FAIL|INCONCLUSIVE)( |$)/gm)?.length, names),
  json: (text, { names }) => {
    assert.ok(isOutput(JSON.parse(text)), JSON.stringify(isOutput.errors));
    assert.equal((JSON.parse(text) as Output).reports.length, names);
  },
  ndjson: (text, { names }) => {
    const lines = text.split("\n").slice(0, -1);
    assert.equal(lines.length, names);
    for (const line of lines) assert.ok(isReport(JSON.parse(line)), JSON.stringify(isReport.errors));
  },
  junit: (text, { names }) => {
    for (const [name, adapted] of [
      ["junit-10.xsd", text],
      ["junit-windyroad.xsd", withoutSkipped(text)],
    ] as const) {
      const { status, said } = judged("xmllint", "libxml2-utils", ["--noout", "--nonet", "--schema", schema(name), "-"], adapted);
      assert.equal(status, 0, `${name}: ${said}`);
    }
    assert.equal(readJunit(text).children.length, names);
  },
  github: (text, { names }) => {
    const commands = commandsOf(text);
    assert.ok(commands.length <= 10 && commands.every(({ name }) => ["error", "warning", "notice"].includes(name)));
    assert.equal(text.split("\n").length, names + commands.length + 1);
  },
  markdown: (text) => void skeleton(text),
  sarif: (text) => assert.ok(isSarif(JSON.parse(text)), JSON.stringify(isSarif.errors)),
  nagios: (text) => {
    const ours = Object.entries(readNagios(text).performance).map(([label, value]) => [label, value.split(";")[0]]);
    const { stdout } = judged("perl", "libmonitoring-plugin-perl", ["-e", PERFORMANCE_DATA], text);
    const theirs = stdout.split(" ").map((item) => item.split("="));
    assert.deepEqual(
      theirs.map(([label]) => label),
      ours.map(([label]) => label),
    );
    assert.deepEqual(
      theirs.map(([, value]) => parseFloat(value ?? "")),
      ours.map(([, value]) => parseFloat(value ?? "")),
    );
  },
  prometheus: (text) => {
    const { status, said } = judged("promtool", "prometheus", ["check", "metrics"], text);
    assert.deepEqual([status, said], [0, ""]);
    readPrometheus(text);
  },
  tap: (text, { names }) => {
    assertTap(text);
    assert.equal(readTap(text).length, names);
  },
  html: (text, { names }) => {
    const { status, said } = judged("tidy", "tidy", ["-errors", "-quiet", "-utf8"], withoutTitleIds(withoutSlots(text)));
    assert.deepEqual([status, said], [0, ""]);
    readHtml(text);
    assert.equal(text.match(/<section class="report"/g)?.length, names);
  },
};

for (const [index, run] of runs.entries()) {
  describe(run.title, () => {
    for (const format of FORMATS) {
      test(format, async () => {
        const text = await written(index, format);
        assert.doesNotMatch(text, HARMFUL);
        VALIDATORS[format](text, run);
      });
    }
    test("html, in a browser", () => inBrowser(fileOf(index, "html"), run.names > 20 ? VIEWS.slice(0, 1) : VIEWS));
  });
}

test("what the hostile server sent did arrive", async () => {
  const text = await written(0, "json");
  for (const sent of ["<script>alert(1)</script>.example.net", "</title><script>", "M_<script>", "Bail out!", "ed25519:<svg onload"])
    assert.ok(text.includes(sent), sent);
});

for (const [what, piece] of [
  ["a script", "<script>alert(1)</script>"],
  ["a handler", "<b onclick=alert(1)>x</b>"],
  ["a picture", "<img src=https://evil.example/x.png>"],
  ["a frame without an address", "<iframe></iframe>"],
  ["a style", "<p style='color: red'>x</p>"],
  ["pale text", "<p class=pale>x</p>"],
  ["something wide", `<pre><code><b class=wide>${"x".repeat(5000)}</b></code></pre>`],
] as const) {
  test(`the browser tells when there is ${what} in the page`, async () => {
    const file = join(directory, "spoiled.html");
    const styled = (await written(1, "html"))
      .replace(/<meta http-equiv[^>]*>/, (policy) => (/pale|wide/.test(piece) ? "" : policy))
      .replace("</style>", ".pale { color: #999 } .wide { white-space: pre } </style>");
    await writeFile(file, (/pale|wide/.test(piece) ? styled : await written(1, "html")).replace("</main>", `${piece}</main>`));
    await assert.rejects(inBrowser(file, VIEWS), assert.AssertionError);
  });
}

test("the job summary of a runner", async () => {
  const path = join(directory, "job-summary");
  const log = await program([...runs[3]!.args, "-f", "github"], { GITHUB_STEP_SUMMARY: path });
  assert.equal(commandsOf(log).length, 10);
  const summary = await readFile(path, "utf8");
  assert.ok(Buffer.byteLength(summary) <= 1024 * 1024);
  skeleton(summary);
});

/** Nothing runs, nothing is asked for, nobody complains; it is read at every width, in light, in the dark and on paper. */
async function inBrowser(file: string, views: typeof VIEWS): Promise<void> {
  const tab = await (await (browser ??= startBrowser())).tab();
  await tab.open(file);
  assert.equal(
    await tab.evaluate(
      "document.querySelectorAll('script, img, iframe, object, embed, link, base, form, svg:not(.way, .bar), svg * *:not(rect, path, text), video, audio').length",
    ),
    0,
  );
  assert.equal(
    await tab.evaluate(
      "[...document.querySelectorAll('*')].filter((each) => [...each.attributes].some(({ name }) => /^on|^style$/.test(name))).length",
    ),
    0,
  );
  assert.notEqual(await tab.evaluate("getComputedStyle(document.body).maxWidth"), "none", "the policy lets the style sheet through");
  assert.ok(
    await tab.evaluate(
      "document.querySelector('#totals') === null || document.querySelector('#totals').getBoundingClientRect().top < document.querySelector('#name-1').getBoundingClientRect().top",
    ),
    "the totals are shown first",
  );
  await tab.evaluate(
    "for (const each of document.querySelectorAll('details')) each.open = true; for (const each of document.querySelectorAll('.report')) each.style.contentVisibility = 'visible'; 0",
  );
  for (const [width, media, scheme] of views) {
    await tab.send("Emulation.setDeviceMetricsOverride", { width, height: 800, deviceScaleFactor: 1, mobile: false });
    await tab.send("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
    const found = await tab.evaluate<{ wide: string[]; pale: string[] }>(LOOKS);
    assert.deepEqual(found, { wide: [], pale: [] }, `${width} ${media} ${scheme}`);
  }
  const asked = tab.events.flatMap(({ method, params }) =>
    method === "Network.requestWillBeSent" ? (params["request"] as { url: string }).url : [],
  );
  assert.deepEqual(asked, [`file://${file}`]);
  const complaints = tab.events.filter(({ method }) =>
    ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening"].includes(method),
  );
  assert.deepEqual(complaints, []);
}

const VIEWS: readonly (readonly [width: number, media: "" | "print", scheme: "light" | "dark"])[] = [
  [320, "", "light"],
  [400, "", "dark"],
  [1200, "", "light"],
  [1200, "", "dark"],
  [700, "print", "dark"],
];

/** What sticks out of the page, and text with less contrast than WCAG 2.2 asks for at level AA (1.4.3). */
const LOOKS = `(() => {
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth ? [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML.slice(0, 100)) : [];
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).slice(0, 3).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (numbers(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const pale = new Set();
  const seen = new Set();
  for (const element of document.querySelectorAll("body, body *")) {
    let kind = "";
    for (let each = element; each !== null; each = each.parentElement) kind += each.tagName + "." + each.className + " ";
    if (seen.has(kind)) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "")) continue;
    seen.add(kind);
    const { color } = getComputedStyle(element);
    const [light, dark] = [luminance(color), luminance(behind(element))].sort((a, b) => b - a);
    if ((light + 0.05) / (dark + 0.05) < 4.5) pale.add(element.tagName + "." + element.className + " " + color + " on " + behind(element));
  }
  return { wide, pale: [...pale] };
})()`;
