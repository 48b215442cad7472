/**
 * The service as it is published, with those who use it: Prometheus, promtool, a browser, reverse proxies, systemd's socket activation.
 * What has to be installed is in install.sh.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startNetwork, type Network } from "../lab/network.ts";
import { startBrowser, type Browser, type Tab } from "./browser.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples/serve/", import.meta.url));

let folder = "";
let net: Network;
let port = 0;
const children: ChildProcess[] = [];

/** Started, and ended with the tests. */
function start(command: string, args: string[]): ChildProcess & { said: () => string } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (said += part));
  child.once("error", (error) => (said += error.message));
  return Object.assign(child, { said: () => said });
}

async function eventually<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const limit = performance.now() + 45_000;
  for (;;) {
    const found = await look().catch(() => null);
    if (found !== null) return found;
    assert.ok(performance.now() < limit, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const lab = (): string[] => [...net.args(join(folder, "root.pem")), "--timeout", "4s"];

async function service(...args: string[]): Promise<{ child: ChildProcess; port: number }> {
  const child = start(process.execPath, [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--rate", "0", ...lab(), ...args]);
  const listening = await eventually(
    "the service listens",
    async () => /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(child.said())?.[1] ?? null,
  );
  return { child, port: Number(listening) };
}

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mdc-serve-"));
  await chmod(folder, 0o755);
  net = await startNetwork();
  await writeFile(join(folder, "root.pem"), net.authority.pem);
  await net.web("healthy.example.org", { routes: { "/.well-known/matrix/server": { body: { "m.server": "healthy.example.org:8448" } } } });
  await net.homeserver("healthy.example.org");
  await net.web("broken.example.org");
  await net.closed("broken.example.org", 8448);
  await net.web("slow.example.org", { onAccept: "stall", tls: null });
  await net.homeserver("slow.example.org");
  ({ port } = await service());
});
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await net.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Not being installed is a failure: nothing would be checked. */
function judged(tool: string, args: string[], input = ""): string {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { input, encoding: "utf8", timeout: 60_000 });
  assert.equal(error, undefined, `${tool} doesn't run: test/e2e/install.sh installs it`);
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
}

describe("Prometheus", () => {
  test("promtool finds nothing in the metrics of healthy and broken servers, and of the service", async () => {
    for (const path of ["/probe?target=healthy.example.org", "/probe?target=broken.example.org", "/metrics"]) {
      const response = await get(path);
      assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
      assert.equal(judged("promtool", ["check", "metrics"], await response.text()), "", path);
    }
  });

  test("the examples: configuration, rules, and what the rules say of broken and unknown servers", async () => {
    judged("promtool", ["check", "config", join(EXAMPLES, "prometheus.yml")]);
    judged("promtool", ["test", "rules", join(EXAMPLES, "alerts-test.yml")]);
    const board = JSON.parse(await readFile(join(EXAMPLES, "grafana-dashboard.json"), "utf8")) as {
      panels: { targets: { expr: string }[] }[];
    };
    const asked = board.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(?:probe|matrix_delegation)_\w+/g) ?? []),
    );
    const probe = await (await get("/probe?target=broken.example.org")).text();
    assert.ok(asked.length >= 6);
    for (const metric of asked) assert.match(probe, new RegExp(`^# TYPE ${metric} `, "m"), metric);
  });

  test("scrapes with the example's configuration, and its rules fire for the broken server alone", async () => {
    const own = await freePort();
    const config = (await readFile(join(EXAMPLES, "prometheus.yml"), "utf8"))
      .replace("example.com, example.org", "healthy.example.org, broken.example.org")
      .replaceAll("127.0.0.1:8700", `127.0.0.1:${port}`)
      .replace(/scrape_interval: .*/, "scrape_interval: 2s")
      .replace(/scrape_timeout: .*/, "scrape_timeout: 2s");
    await writeFile(
      join(folder, "prometheus.yml"),
      `global: { scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s }\n${config}`,
    );
    const rules = (await readFile(join(EXAMPLES, "alerts.yml"), "utf8")).replace("for: 5m", "for: 1s");
    await writeFile(join(folder, "alerts.yml"), rules);
    const prometheus = start("prometheus", [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${own}`,
    ]);
    const query = async (expression: string): Promise<Map<string, string>> => {
      const response = await fetch(`http://127.0.0.1:${own}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
      return new Map(data.result.map(({ metric, value }) => [metric["instance"] ?? "", value[1]]));
    };
    const seen = await eventually(`Prometheus has both servers: ${prometheus.said()}`, async () => {
      const found = await query("probe_success");
      return found.size === 2 ? found : null;
    });
    assert.deepEqual([seen.get("healthy.example.org"), seen.get("broken.example.org")], ["1", "0"]);
    const alerts = await eventually("an alert fires", async () => {
      const found = await query('ALERTS{alertstate="firing"}');
      return found.size > 0 ? found : null;
    });
    assert.deepEqual([...alerts.keys()], ["broken.example.org"]);
    prometheus.kill("SIGTERM");
    await once(prometheus, "close");
  });
});

describe("systemd", () => {
  test("the units are valid and hardened", async () => {
    const program = join(folder, "matrix-delegation-check");
    await writeFile(program, "#!/bin/sh\n");
    await chmod(program, 0o755);
    const unit = await readFile(join(EXAMPLES, "matrix-delegation-check-serve.service"), "utf8");
    const service = join(folder, "matrix-delegation-check-serve.service");
    await writeFile(service, unit.replace(/^Documentation=.*\n/m, "").replaceAll("/usr/local/bin/matrix-delegation-check", program));
    const socket = join(folder, "matrix-delegation-check-serve.socket");
    await copyFile(join(EXAMPLES, "matrix-delegation-check-serve.socket"), socket);
    assert.equal(judged("systemd-analyze", ["verify", service, socket]), "");
    // Tenths: 1.5 of 10.
    judged("systemd-analyze", ["security", "--offline=true", "--threshold=15", "--no-pager", service]);
  });

  test("socket activation by systemd itself", async () => {
    const own = await freePort();
    const activated = start("systemd-socket-activate", [`--listen=127.0.0.1:${own}`, process.execPath, PROGRAM, "serve", ...lab()]);
    const ok = await eventually(`it answers: ${activated.said()}`, async () => (await fetch(`http://127.0.0.1:${own}/healthz`)).text());
    assert.equal(ok, "ok\n");
    assert.match(activated.said(), new RegExp(`listening on http://127\\.0\\.0\\.1:${own}`));
    activated.kill("SIGTERM");
    assert.deepEqual(await once(activated, "close"), [0, null]);
  });
});

describe("behind a reverse proxy, as in the examples", () => {
  const socket = (name: string): string => join(folder, `${name}.sock`);
  async function behind(name: string): Promise<void> {
    const child = start(process.execPath, [
      PROGRAM,
      "serve",
      "--listen",
      `unix:${socket(name)}`,
      "--trusted-proxy",
      "unix",
      "--rate",
      "2",
      ...lab(),
    ]);
    await eventually("the service listens", async () => (child.said().includes("listening on unix:") ? true : null));
    await chmod(socket(name), 0o777);
  }
  /** The proxy's visitor is one client, whatever it says; steps come as they begin. */
  async function visited(origin: string): Promise<void> {
    const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${origin}${path}`, { headers });
    await eventually("the proxy answers", async () => ((await ask("/healthz")).status === 200 ? true : null));
    assert.equal((await ask("/metrics")).status, 404);
    assert.equal(await (await ask("/api/federation-ok?server_name=healthy.example.org")).text(), "GOOD");
    const events = await ask("/slow.example.org", { accept: "text/event-stream" });
    const reader = events.body!.getReader();
    const { value } = await reader.read();
    assert.equal(Buffer.from(value).toString().split("\n\n")[0], 'event: step\ndata: {"step":"well-known"}');
    await reader.cancel();
    for (const forwarded of ["192.0.2.1", "192.0.2.2"])
      assert.equal((await ask("/api/report?server_name=broken.example.org", { "x-forwarded-for": forwarded })).status, 429, forwarded);
  }

  test("nginx", async () => {
    await behind("nginx");
    const own = await freePort();
    const config = (await readFile(join(EXAMPLES, "nginx.conf"), "utf8"))
      .replace("/run/matrix-delegation-check/serve.sock", socket("nginx"))
      .replace(/^ *(listen|ssl_certificate\w*) .*\n/gm, "")
      .replace("server_name", `listen 127.0.0.1:${own};\n    server_name`);
    await writeFile(
      join(folder, "nginx.conf"),
      `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${folder}/${each};`).join(" ")}\n${config}}\n`,
    );
    const nginx = start("nginx", ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")]);
    await visited(`http://127.0.0.1:${own}`);
    nginx.kill("SIGTERM");
  });

  test("Caddy", async () => {
    await behind("caddy");
    const own = await freePort();
    const config = (await readFile(join(EXAMPLES, "Caddyfile"), "utf8"))
      .replace("/run/matrix-delegation-check/serve.sock", socket("caddy").slice(1))
      .replace("tester.example.com", `http://127.0.0.1:${own}`);
    await writeFile(
      join(folder, "Caddyfile"),
      `{\n\tadmin off\n\tauto_https off\n}\n${config.replace(socket("caddy").slice(1), socket("caddy"))}`,
    );
    const caddy = start("caddy", ["run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")]);
    await visited(`http://127.0.0.1:${own}`);
    caddy.kill("SIGTERM");
  });
});

describe("the page in a browser", () => {
  let browser: Browser;
  let axe: { source: string };
  before(async () => {
    browser = await startBrowser();
    const require = createRequire(import.meta.url);
    axe = require("axe-core") as typeof axe;
  });
  after(async () => browser.close());

  const VIEWS = [390, 1280].flatMap((width) => (["light", "dark"] as const).map((scheme) => ({ width, scheme })));

  async function looks(tab: Tab, { width, scheme }: (typeof VIEWS)[number]): Promise<void> {
    await tab.send("Emulation.setDeviceMetricsOverride", { width, height: 844, deviceScaleFactor: 1, mobile: width < 500 });
    await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }
  const complaints = (tab: Tab): unknown[] =>
    tab.events.filter(({ method }) => ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"].includes(method));
  const asked = (tab: Tab): string[] =>
    tab.events.flatMap(({ method, params }) => (method === "Network.requestWillBeSent" ? (params["request"] as { url: string }).url : []));
  const AXE_RUN =
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))";

  for (const path of ["/", "/broken.example.org", "/healthy.example.org", "/?server_name=%40alice%3Ano%20name"]) {
    test(`${path}: at 390 and 1280 pixels, light and dark, axe-core finds nothing, and nothing comes from elsewhere`, async () => {
      const tab = await browser.tab();
      await tab.visit(`http://127.0.0.1:${port}${path}`);
      await tab.evaluate(`${axe.source};0`);
      await tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true; 0");
      for (const view of VIEWS) {
        await looks(tab, view);
        assert.deepEqual(await tab.evaluate<string[]>(AXE_RUN), [], `${view.width} ${view.scheme}`);
        assert.ok(
          await tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
          `${view.width}: too wide`,
        );
      }
      assert.deepEqual(
        complaints(tab).filter((each) => !JSON.stringify(each).includes("status of 400")),
        [],
      );
      for (const url of asked(tab)) assert.ok(url.startsWith(`http://127.0.0.1:${port}/`), url);
    });
  }

  test("axe-core finds a mistake that is there", async () => {
    const tab = await browser.tab();
    await tab.visit(`http://127.0.0.1:${port}/`);
    await tab.evaluate(`${axe.source}; document.querySelector("label").replaceWith(document.querySelector("input")); 0`);
    assert.match((await tab.evaluate<string[]>(AXE_RUN)).join(), /\blabel: <input/);
  });

  test("by keyboard: the field, Enter, the steps as they are taken, then the report", async () => {
    const tab = await browser.tab();
    await tab.visit(`http://127.0.0.1:${port}/`);
    const key = async (name: string, code: number, text?: string): Promise<void> => {
      for (const type of ["keyDown", "keyUp"])
        await tab.send("Input.dispatchKeyEvent", {
          type,
          key: name,
          code: name,
          windowsVirtualKeyCode: code,
          ...(type === "keyDown" && text !== undefined && { text }),
        });
    };
    // The heading's link, then the field.
    await key("Tab", 9);
    await key("Tab", 9);
    assert.equal(await tab.evaluate("document.activeElement.id"), "server-name");
    await tab.send("Input.insertText", { text: "@alice:slow.example.org" });
    await key("Enter", 13, "\r");
    const step = await eventually("the first step is shown", () =>
      tab.evaluate<string | null>("document.querySelector('#progress li')?.textContent ?? null"),
    );
    assert.equal(step, "well-known running");
    assert.equal(await tab.evaluate("location.pathname"), "/slow.example.org");
    const heading = await eventually("the report is shown", () =>
      tab.evaluate<string | null>("document.querySelector('.report h2')?.textContent ?? null"),
    );
    assert.match(heading, /slow\.example\.org$/);
    assert.equal(await tab.evaluate("document.querySelector('#progress')"), null);
    assert.deepEqual(complaints(tab), []);
  });

  test("copies the report for a support room", async () => {
    const tab = await browser.tab();
    await tab.visit(`http://127.0.0.1:${port}/broken.example.org`);
    await tab.send("Browser.grantPermissions", { permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    await tab.send("Page.bringToFront");
    await tab.evaluate("[...document.querySelectorAll('a[data-copy]')].find((each) => each.textContent.includes('Markdown')).click()");
    await eventually(
      "it says that it has copied",
      async () => (await tab.evaluate<string>("document.getElementById('copied').textContent")) || null,
    );
    const copied = await tab.evaluate<string>("navigator.clipboard.readText()");
    assert.equal(copied, await (await get("/api/v1/check?server_name=broken.example.org&format=markdown")).text());
  });

  test("without a script: the field leads to the report, and the copies are pages", async () => {
    const tab = await browser.tab();
    await tab.send("Emulation.setScriptExecutionDisabled", { value: true });
    await tab.visit(`http://127.0.0.1:${port}/?server_name=%23room%3Abroken.example.org`);
    const { root } = (await tab.send("DOM.getDocument", { depth: 0 })) as { root: { nodeId: number } };
    const { outerHTML } = (await tab.send("DOM.getOuterHTML", { nodeId: root.nodeId })) as { outerHTML: string };
    assert.match(outerHTML, /<section class="report" id="report"/);
    assert.match(outerHTML, /well-known\/not-found/);
    assert.ok(!asked(tab).some((url) => url.includes("follow")));
  });
});
