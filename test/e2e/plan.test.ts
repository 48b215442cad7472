/**
 * `plan`, carried out: everything that it prints is pasted, step by step, on a real server that has nothing yet. The first configuration
 * loads without a certificate and answers the CA's challenge; with the certificate the next one loads; what is tried before passes, and so
 * does the check when everything is published. At the end, the table.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { check } from "../../src/check.ts";
import type { Report } from "../../src/facts/output.ts";
import { editApache } from "./apache-edit.ts";
import { kindOf } from "./block-kind.ts";
import { editCaddy } from "./caddy-edit.ts";
import { localized, type Fix } from "./fix.ts";
import { editHaproxy } from "./haproxy-edit.ts";
import { editNginx } from "./nginx-edit.ts";
import { onNewServer, shownPlan } from "./plan-text.ts";
import { startWebServer } from "../lab/web-server.ts";
import { OWN_WELL_KNOWN } from "./row.ts";
import { caddy } from "./rows-caddy.ts";
import { haproxy } from "./rows-haproxy.ts";
import { nginx } from "./rows-nginx.ts";
import { assertInstalled, startServer, type Kind, type RealServer } from "./server.ts";
import { freePort, HOST, NAME, startStage, type Stage } from "./stage.ts";

const KINDS: Kind[] = ["nginx", "caddy", "apache", "haproxy"];
const TARGETS = [`${HOST}:443`, `${HOST}:8448`, `${NAME}:443`, `${HOST}:8448 --srv`];
const EDITORS: Record<Kind, (config: string, fix: Fix) => string> = {
  nginx: editNginx,
  caddy: editCaddy,
  apache: editApache,
  haproxy: editHaproxy,
};
const table: string[] = [];

before(() => assertInstalled(KINDS));

describe("a plan, carried out", { concurrency: 2 }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      for (const to of TARGETS) test(`${kind}: ${NAME} to ${to}`, () => carriedOut(kind, to));
    });
  }
});

after(() => process.stdout.write(`\nserver | to | steps | tried before | verdict after\n${table.join("\n")}\n`));

async function carriedOut(kind: Kind, target: string): Promise<void> {
  const [to = "", ...srv] = target.split(" ");
  const stage = await startStage(OWN_WELL_KNOWN);
  // By SRV the base domain's web site is somebody else's, without such a file.
  const website = srv.length === 0 ? null : await startWebServer({ tls: await stage.issue([NAME]), port: stage.ports[443] });
  const site = new Site(kind, stage, await freePort(), await freePort(), website === null);
  try {
    const steps = await shownPlan([NAME, "--to", to, ...srv, "--with", kind]);
    for (const step of steps.map(onNewServer)) {
      for (const { prose, lines } of step.parts) await site.paste(prose, lines);
    }
    const left = (site.last?.findings ?? []).filter(({ severity }) => severity !== "info").map(({ code, detail }) => `${code}: ${detail}`);
    assert.deepEqual(left, []);
    assert.equal(site.tried?.verdict, "pass", JSON.stringify(site.tried?.findings, null, 1));
    assert.equal(site.last?.verdict, "pass");
    assert.equal(site.last.route?.targets.map(({ host, port }) => `${host}:${port}`).join(), to);
    table.push([kind, target, steps.length, site.tried.verdict, site.last.verdict].join(" | "));
  } finally {
    await site.close();
    await website?.close();
    await stage.close();
  }
}

/** One server, as an admin has it who pastes what is printed. */
class Site {
  tried: Report | null = null;
  last: Report | null = null;
  readonly #kind: Kind;
  readonly #stage: Stage;
  /** Port 80, as the system has it. */
  readonly #httpPort: number;
  /** On which certbot answers behind HAProxy. */
  readonly #certbotPort: number;
  /** Port 443 is nobody else's. */
  readonly #has443: boolean;
  #server: RealServer | null = null;
  /** What is pasted so far, without what every server has around it. */
  #config = "";
  #modules = ["mpm_event", "authz_core", "alias", "mime", "dir", "setenvif"];

  constructor(kind: Kind, stage: Stage, httpPort: number, certbotPort: number, has443: boolean) {
    this.#kind = kind;
    this.#stage = stage;
    this.#httpPort = httpPort;
    this.#certbotPort = certbotPort;
    this.#has443 = has443;
    // Nobody has got a certificate yet.
    for (const each of ["live", "certs"]) {
      const folder = join(stage.directory, each);
      for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true });
    }
  }

  async paste(where: string, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const [text = "", prose = ""] = [lines.join("\n"), where].map((each) => this.#local(each));
    const block = kindOf(lines);
    if (block === "zone") return this.#publish(lines);
    if (block === "shell") for (const line of text.split("\n")) await this.#run(line);
    else if (/^(?:server \{|<VirtualHost|Listen|frontend|\S+ \{$)/m.test(text) && !/site block of/.test(prose)) this.#config += `${text}\n`;
    else if (this.#kind === "caddy" && !this.#config.includes(`${NAME} {`)) this.#config += `${text}\n`;
    else this.#config = EDITORS[this.#kind](this.#config, { where: prose, snippet: text, commands: [] });
  }

  async close(): Promise<void> {
    await this.#server?.stop();
  }

  /** SRV records; the lab has the addresses. */
  #publish(lines: readonly string[]): void {
    for (const line of lines) {
      const [, owner = "", data = ""] = /^(\S+)\.\s+IN\s+SRV\s+(.*)\.$/.exec(line) ?? [];
      if (owner !== "") this.#stage.net.publish(owner, { SRV: [data] });
    }
  }

  #local(text: string): string {
    const target = /"m\.server": "[^"]+"/.exec(text)?.[0] ?? "";
    return localized(text, this.#kind, this.#stage)
      .replace(/"m\.server": "[^"]+"/, target)
      .replace(/(?<=^\s*listen (?:\[::\]:)?|<VirtualHost \*:|bind :::)80\b/gm, String(this.#httpPort))
      .replaceAll("127.0.0.1:8888", `127.0.0.1:${this.#certbotPort}`);
  }

  async #run(line: string): Promise<void> {
    if (/^(?:nginx -s reload|apachectl graceful|caddy reload|systemctl reload haproxy)/.test(line)) return await this.#reload();
    // The server's own check goes before each start and reload.
    if (/^(?:nginx -t|apachectl configtest|caddy validate|haproxy -c|a2ensite )/.test(line)) return;
    if (line.startsWith("a2enmod ")) {
      // As Debian's .load files have it: what depends on others brings them.
      const others: Record<string, string[]> = { ssl: ["socache_shmcb"], proxy_http: ["proxy"] };
      for (const name of line.split(" ").slice(1)) this.#modules.push(...(others[name] ?? []), name);
      return;
    }
    if (line.startsWith("certbot ")) return await this.#certbot(line);
    if (line.startsWith("printf '%s' '{") && line.includes(" | npx ")) {
      this.tried = await this.#passing(() => this.#check(/^printf '%s' '(.*?)' \| /.exec(line)?.[1] ?? ""));
      return;
    }
    if (line.startsWith("npx ") && line.includes("--connect-to")) {
      const { ports } = this.#stage;
      assert.ok(line.includes(` --connect-to ${NAME}:8448:192.0.2.2:8448 `), line);
      this.tried = await this.#passing(() =>
        this.#stage.check((options) =>
          check(NAME, {
            ...options,
            connectTo: [
              `${NAME}:8448:127.0.0.1:${ports[8448]}`,
              ...(options.connectTo ?? []).filter((entry) => !entry.startsWith(`${NAME}:8448:`)),
            ],
          }),
        ),
      );
      return;
    }
    // Who may read the files: the server here runs as who made them.
    if (/^ch(?:mod|grp) /.test(line)) return;
    if (line.startsWith("npx ")) {
      this.last = await this.#passing(() => this.#stage.check());
      return;
    }
    execFileSync("bash", ["--norc", "-euc", line], { cwd: this.#stage.directory, stdio: "pipe" });
  }

  async #reload(): Promise<void> {
    const { directory, ports } = this.#stage;
    const config = await this.#whole();
    if (this.#server !== null) return await this.#server.reload(config);
    const opens = [this.#httpPort, ports[8448]].find((port) => this.#config.includes(String(port))) ?? ports[443];
    this.#server = await startServer(this.#kind, { directory, config, port: opens, adminPort: ports.admin });
  }

  async #whole(): Promise<string> {
    switch (this.#kind) {
      case "nginx":
        return nginx(this.#stage, this.#config);
      case "caddy":
        return caddy(this.#stage, this.#config);
      case "haproxy":
        return haproxy(this.#stage, this.#config);
      case "apache":
        return await this.#apache();
    }
  }

  /** As Debian has it: two ports, /var/www for everybody, few modules. */
  async #apache(): Promise<string> {
    const { directory: at, ports } = this.#stage;
    const modules = [...new Set(this.#modules)].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
    return `ServerRoot ${at}
ServerName localhost
PidFile ${at}/apache.pid
DefaultRuntimeDir ${at}
Mutex file:${at} default
ErrorLog ${at}/error.log
${modules.join("\n")}
User www-data
Group www-data
TypesConfig /etc/mime.types
StartServers 1
Listen ${this.#httpPort}
<IfModule ssl_module>
    Listen ${this.#has443 ? ports[443] : await freePort()}
</IfModule>
<Directory />
    Require all denied
</Directory>
<Directory "${at}/www/">
    Require all granted
</Directory>
${this.#config}`;
  }

  /** Issues what is asked for when the challenge over HTTP is answered, and runs the hook. */
  async #certbot(line: string): Promise<void> {
    const name = / -d (\S+)/.exec(line)?.[1] ?? "";
    const hook = / --deploy-hook "([^"]+)"/.exec(line)?.[1] ?? "";
    const webroot = / -w (\S+)/.exec(line)?.[1];
    const path = "/.well-known/acme-challenge/token-1";
    const answer = `${name}.thumbprint`;
    if (line.includes("--preferred-challenges dns")) {
      // A TXT record, which the admin makes.
    } else if (webroot !== undefined) {
      mkdirSync(join(webroot, ".well-known/acme-challenge"), { recursive: true });
      writeFileSync(join(webroot, path), answer);
      assert.equal(await this.#challenge(name, path), answer);
    } else {
      const own = createServer((asked, response) => void response.end(asked.url === path ? answer : "no"));
      await new Promise<void>((resolve) => own.listen(this.#certbotPort, "127.0.0.1", resolve));
      try {
        assert.equal(await this.#challenge(name, path), answer);
      } finally {
        own.closeAllConnections();
        own.close();
      }
    }
    this.#stage.saveLive(name, await this.#stage.issue([name]));
    for (const command of hook.split(" && ")) await this.#run(command);
  }

  /** As the CA asks. A reload is done a moment after its command. */
  async #challenge(name: string, path: string): Promise<string> {
    const until = performance.now() + 10_000;
    for (;;) {
      const body = await httpGet(this.#httpPort, name, path);
      if (body.endsWith(".thumbprint") || performance.now() > until) return body;
      await sleep(100);
    }
  }

  async #passing(judged: () => Promise<Report>): Promise<Report> {
    const until = performance.now() + 10_000;
    for (;;) {
      const report = await judged();
      if (report.verdict === "pass" || performance.now() > until) return report;
      await sleep(250);
    }
  }

  /** The check with the file as it will be. */
  async #check(body: string): Promise<Report> {
    return await this.#stage.check((options) => check(NAME, { ...options, wellKnownFile: { file: "/dev/stdin", body } }));
  }
}

async function httpGet(port: number, host: string, path: string): Promise<string> {
  return await new Promise((resolve) => {
    const asked = request({ port, path, host: "127.0.0.1", headers: { host } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
    });
    asked.on("error", (error) => resolve(String(error)));
    asked.end();
  });
}
