/** `plan` says what is done already: on the lab's network, with the real checker. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, test, type TestContext } from "node:test";
import type { PlannedStep } from "../../src/advice/plan-steps.ts";
import type { Plan } from "../../src/advice/plan-shape.ts";
import type { Output, Report } from "../../src/facts/output.ts";
import { engine } from "../../src/commands/engine.ts";
import { startNetwork, type Network } from "../lab/network.ts";
import { fakeEngine, stage, temporary } from "./stage.ts";

const WELL_KNOWN = "/.well-known/matrix/server";
const TO = "matrix.example.org:443";

interface Row {
  title: string;
  network: (net: Network) => Promise<unknown>;
  argv?: string[];
  /** By step: its status, and what must be said of today. */
  steps: Partial<Record<PlannedStep["id"], [PlannedStep["status"], RegExp | null]>>;
  /** Of the text: what must be in it, and what not. */
  text?: { has?: RegExp[]; hasNot?: RegExp[] };
  /** What comes of the command that tries it: the verdict, and where it connected. */
  tried?: [verdict: Report["verdict"], at: string, codes?: string];
}

const file = (value: string): { routes: Record<string, { body: object }> } => ({
  routes: { [WELL_KNOWN]: { body: { "m.server": value } } },
});

const ROWS: Row[] = [
  {
    title: "everything is there",
    network: async (net) => {
      await net.web("example.org", file(TO));
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    steps: {
      dns: ["done", /^example\.org leads to 127\.0\.0\.1\. matrix\.example\.org leads to 127\.0\.0\.1\./],
      certificate: ["done", /https:\/\/example\.org\/ has a good one, until .* matrix\.example\.org:443 has a good one/],
      configuration: ["done", /^matrix\.example\.org:443 is answered by Synapse .*, with the keys of example\.org\.$/],
      reload: ["done", null],
      publish: ["done", /says matrix\.example\.org:443\.$/],
      verify: ["done", /^The check of today: pass/],
    },
    text: {
      has: [/^1\. DNS: done already$/m, /^ {4}npx matrix-delegation-check example\.org$/m],
      hasNot: [/certbot/, /proxy_pass/, /IN A /, /Try it/],
    },
  },
  {
    title: "only the base domain's web site",
    network: (net) => net.web("example.org"),
    steps: {
      dns: ["to-do", /^example\.org leads to 127\.0\.0\.1\. The name matrix\.example\.org doesn't exist in DNS \(NXDOMAIN\)\.$/],
      certificate: ["done", /https:\/\/example\.org\/ has a good one/],
      publish: ["to-do", /^There is no valid file at https:\/\/example\.org\/\.well-known\/matrix\/server yet\. /],
      verify: ["to-do", null],
    },
    text: {
      has: [/^ {4}matrix\.example\.org\. +IN A /m, /In nginx, in the server block of example\.org/],
      hasNot: [/^ {4}example\.org\. +IN A /m, /whole one instead/],
    },
  },
  {
    title: "another delegation, and SRV records",
    network: async (net) => {
      await net.web("example.org", file("old.example.org:8448"));
      await net.homeserver("example.org", { host: "old.example.org", port: 8448 });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      net.publish("_matrix._tcp.example.org", { SRV: ["10 0 8448 old.example.org"] });
    },
    steps: {
      configuration: ["done", /is answered by/],
      publish: [
        "change",
        /^You have "old\.example\.org:8448" at .*: change it to "matrix\.example\.org:443"\. There are SRV records too \(_matrix\._tcp → old\.example\.org:8448\)/,
      ],
      verify: ["to-do", null],
    },
    text: {
      // As it was given.
      has: [/--connect-to matrix\.example\.org:443::\d+ example\.org$/m, /^\d\. Publish .*: to be changed$/m],
      hasNot: [/192\.0\.2\.2/],
    },
  },
  {
    title: "a file that holds a URL",
    network: (net) => net.web("example.org", file("https://matrix.example.org")),
    steps: { publish: ["to-do", /^There is no valid file at \S+ yet\. m\.server is "https:\/\/matrix\.example\.org"/] },
  },
  {
    title: "the homeserver's host has a certificate for another name, and no homeserver",
    network: async (net) => {
      await net.web("example.org");
      await net.web("matrix.example.org", { tls: await net.issuer.issue({ names: ["other.example.org"] }) });
    },
    steps: {
      dns: ["done", /matrix\.example\.org leads to/],
      certificate: ["change", /matrix\.example\.org:443: the certificate is for other\.example\.org, not for matrix\.example\.org/],
      configuration: ["change", /^At matrix\.example\.org:443 it doesn't work yet: /],
    },
    text: { has: [/--cert-name matrix\.example\.org /], hasNot: [/--cert-name example\.org /] },
  },
  {
    title: "the homeserver answers with a certificate for another name: it must present the new one",
    network: async (net) => {
      await net.web("example.org");
      const tls = await net.issuer.issue({ names: ["other.example.org"] });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls });
    },
    steps: {
      certificate: ["change", /for other\.example\.org, not for matrix\.example\.org/],
      configuration: ["change", /only the certificate isn't right \(tls\/name-mismatch\)/],
      reload: ["to-do", /^$/],
    },
    text: { has: [/ssl_certificate \/etc\/letsencrypt\/live\/matrix\.example\.org\/fullchain\.pem/] },
  },
  {
    title: "the homeserver answers with a certificate that has expired: the new one must be read",
    network: async (net) => {
      await net.web("example.org");
      const tls = await net.issuer.issue({
        names: ["matrix.example.org"],
        notAfter: new Date(Date.now() - 86_400_000),
        notBefore: new Date(0),
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, tls });
    },
    steps: {
      certificate: ["change", /expired/],
      configuration: ["done", /only the certificate isn't right \(tls\/expired\)/],
      reload: ["to-do", /^$/],
    },
  },
  {
    title: "the certificate of the base domain has expired, not the homeserver's: that needs no reload",
    network: async (net) => {
      const tls = await net.issuer.issue({ names: ["example.org"], notAfter: new Date(Date.now() - 86_400_000), notBefore: new Date(0) });
      await net.web("example.org", { tls });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    steps: { certificate: ["change", /expired/], configuration: ["done", /is answered by/], reload: ["done", /^$/] },
  },
  {
    title: "nothing listens on the homeserver's host",
    network: async (net) => {
      await net.web("example.org");
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
      await net.closed("matrix.example.org", 443);
    },
    steps: {
      certificate: ["to-do", /matrix\.example\.org:443 doesn't answer with TLS/],
      configuration: ["to-do", /doesn't work yet: .*explain connect\/refused/],
    },
  },
  {
    title: "another server's keys",
    network: async (net) => {
      await net.web("example.org");
      await net.homeserver("matrix.example.org", { host: "matrix.example.org", port: 443 });
    },
    steps: { certificate: ["done", /good one/], configuration: ["change", /explain keys\/other-server-name/] },
    text: {
      has: [
        /The homeserver that answers at matrix\.example\.org:443 is that of\s+"matrix\.example\.org", and no proxy changes that\./,
        /^ {4}npx matrix-delegation-check plan matrix\.example\.org --to matrix\.example\.org:443$/m,
        /^ {4}server_name: "example\.org"$/m,
      ],
      hasNot: [/proxy_pass/],
    },
  },
  {
    title: "SRV, and a file that wins over it",
    argv: ["--to", "hs.example.net:8449", "--srv"],
    network: async (net) => {
      await net.web("example.org", file(TO));
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("example.org", { host: "hs.example.net", port: 8449, tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    steps: {
      dns: ["done", /^hs\.example\.net leads to 127\.0\.0\.1\./],
      certificate: ["done", /hs\.example\.net:8449 has a good one/],
      configuration: ["done", /hs\.example\.net:8449 is answered by/],
      publish: ["change", /^You have a valid file at .* wins over SRV records: remove it/],
    },
    tried: ["pass", "example.org:8448"],
  },
  {
    title: "SRV, and a file that wins over it; the new homeserver isn't ready",
    argv: ["--to", "hs.example.net:8449", "--srv"],
    network: async (net) => {
      await net.web("example.org", file(TO));
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("example.org", {
        host: "hs.example.net",
        port: 8449,
        tls: await net.issuer.issue({ names: ["hs.example.net"] }),
      });
    },
    steps: { certificate: ["change", /hs\.example\.net:8449/] },
    tried: ["fail", "example.org:8448", "tls/name-mismatch"],
  },
  {
    title: "SRV, and records that lead to the old homeserver; the new one isn't ready",
    argv: ["--to", "hs.example.net:8449", "--srv"],
    network: async (net) => {
      await net.web("example.org");
      const tls = await net.issuer.issue({ names: ["example.org"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 old.example.net"] });
      await net.homeserver("example.org", { host: "old.example.net", port: 8448, tls });
      await net.homeserver("example.org", {
        host: "hs.example.net",
        port: 8449,
        tls: await net.issuer.issue({ names: ["hs.example.net"] }),
      });
    },
    steps: { certificate: ["change", /hs\.example\.net:8449/], publish: ["change", /change that to the records below/] },
    tried: ["fail", "old.example.net:8448", "tls/name-mismatch"],
  },
  {
    title: "SRV, done",
    argv: ["--to", "hs.example.net:8449", "--srv"],
    network: async (net) => {
      await net.web("example.org");
      for (const service of ["_matrix-fed._tcp", "_matrix._tcp"])
        net.publish(`${service}.example.org`, { SRV: ["10 0 8449 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", port: 8449, tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    steps: {
      publish: ["done", /^You have _matrix-fed\._tcp → hs\.example\.net:8449 and /],
      configuration: ["done", /./],
      verify: ["done", /./],
    },
  },
  {
    title: "SRV, and records of today that no command may name",
    argv: ["--to", "hs.example.net:8449", "--srv"],
    network: async (net) => {
      await net.web("example.org");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 0 8448 a$(id>x)b.example.net", "20 0 0 old.example.net"] });
      net.publish("_matrix._tcp.example.org", { SRV: ["0 0 0 ."] });
      const tls = await net.issuer.issue({ names: ["example.org"] });
      await net.homeserver("example.org", { host: "hs.example.net", port: 8449, tls });
    },
    steps: { publish: ["change", /change that to the records below/] },
    tried: ["fail", "a$(id>x)b.example.net:8448 old.example.net:0", "srv/target-unresolvable"],
    text: { hasNot: [/--connect-to \S*\$/, /--connect-to \S*:0:/, /--connect-to \.:/] },
  },
  {
    title: "no delegation, and a file that is left over",
    argv: ["--to", "example.org:8448"],
    network: async (net) => {
      await net.web("example.org", file(TO));
      await net.homeserver("example.org");
    },
    steps: { configuration: ["done", /./], publish: ["change", /valid file .*remove that, it wins over port 8448/] },
    tried: ["pass", "example.org:8448"],
  },
  {
    title: "no delegation, a file that leads to a good homeserver, and another's keys at the server name",
    argv: ["--to", "example.org:8448"],
    network: async (net) => {
      await net.web("example.org", file(TO));
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("other.example.org", {
        host: "example.org",
        port: 8448,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      });
    },
    steps: { configuration: ["change", /./] },
    tried: ["fail", "example.org:8448", "keys/server-name-mismatch"],
  },
];

describe("what is there today", { concurrency: 4 }, () => {
  for (const row of ROWS) test(row.title, (context) => proved(row, context));
});

async function proved({ network, argv = ["--to", TO], steps, text, tried }: Row, context: TestContext): Promise<void> {
  const net = await startNetwork();
  try {
    await network(net);
    const caFile = (await temporary(context))("ca.pem");
    await writeFile(caFile, net.authority.pem);
    const line = ["plan", "example.org", ...argv, "--with", "nginx", ...net.args(caFile), "--timeout", "8s", "--deadline", "20s"];
    const { code, stdout, stderr } = await stage([...line, "--json"], { engine });
    assert.deepEqual([code, stderr], [0, ""]);
    const plan = JSON.parse(stdout) as Plan & { present: { known: boolean } };
    assert.equal(plan.present.known, true, stdout);
    for (const [id, [status, said]] of Object.entries(steps)) {
      const step = plan.steps.find((each) => each.id === id) ?? assert.fail(`no step ${id}`);
      assert.equal(step.status, status, `${id}: ${step.present}`);
      if (said === null) assert.equal(step.present, null);
      else assert.match(step.present ?? "", said, id);
    }
    if (tried !== undefined) await proveTrial(plan, tried, net, context);
    if (text === undefined) return;
    const { stdout: shown } = await stage(line, { engine });
    for (const has of text.has ?? []) assert.match(shown, has);
    for (const hasNot of text.hasNot ?? []) assert.doesNotMatch(shown, hasNot);
  } finally {
    await net.close();
  }
}

/** Runs the command that tries the plan, with a file in the place of the pipe. */
async function proveTrial(
  plan: Plan,
  [verdict, at, codes = ""]: NonNullable<Row["tried"]>,
  net: Network,
  context: TestContext,
): Promise<void> {
  const line = plan.steps.find(({ id }) => id === "try")?.parts[0]?.lines[0] ?? assert.fail("nothing is tried");
  const [, body = "", command = ""] = /^(?:printf '%s' '(.*)' \| )?npx matrix-delegation-check (.*)$/.exec(line) ?? [];
  const temporaryFile = await temporary(context);
  const [piped, caFile] = [temporaryFile("piped"), temporaryFile("ca.pem")];
  await writeFile(piped, body);
  await writeFile(caFile, net.authority.pem);
  const words = command.split(" ").map((word) => (word === "/dev/stdin" ? piped : word));
  // Where the lab's hosts are, but for those that the command says itself.
  const lab = net.args(caFile);
  const others = lab.filter((word, index) => {
    const entry = word === "--connect-to" ? (lab[index + 1] ?? "") : lab[index - 1] === "--connect-to" ? word : null;
    return entry === null || !words.some((other) => other.startsWith(`${entry.split(":").slice(0, 2).join(":")}:`));
  });
  const { stdout, stderr } = await stage([...words, ...others, "-f", "json", "--no-authoritative"], { engine });
  assert.equal(stderr, "", line);
  const [report] = (JSON.parse(stdout) as Output).reports;
  const errors = (report?.findings ?? []).filter(({ severity, causedBy }) => severity === "error" && causedBy === null);
  assert.deepEqual(
    [
      report?.verdict,
      report?.route?.targets.map(({ host, port }) => `${host}:${port}`).join(" "),
      errors.map(({ code }) => code).join(" "),
    ],
    [verdict, at, codes],
    `${line}\n${JSON.stringify(report?.findings, null, 1)}`,
  );
}

describe("without a network", () => {
  test("a resolver that can't be reached: the whole plan, and why it knows nothing", async () => {
    const net = await startNetwork();
    const { port } = net.dns;
    await net.close();
    const line = ["plan", "example.org", "--to", TO, "--with", "nginx"];
    const there = await stage([...line, "--dns-server", `127.0.0.1:${port}`, "--timeout", "2s"], { engine });
    const offline = await stage([...line, "--offline"], { engine: fakeEngine() });
    assert.deepEqual([there.code, offline.code], [0, 0]);
    const steps = (text: string): string => text.slice(text.indexOf("1. DNS"));
    assert.equal(steps(there.stdout), steps(offline.stdout));
    assert.match(there.stdout, /What is there today isn't known/);
    assert.match(offline.stdout, /Nothing was looked up \(--offline\)/);
  });

  test("--offline makes no checker", async () => {
    const asked = fakeEngine();
    await stage(["plan", "example.org", "--to", TO, "--offline"], { engine: asked });
    assert.equal(asked.made.length, 0);
    await stage(["plan", "example.org", "--to", TO], { engine: asked });
    assert.deepEqual(
      asked.made.map(({ deadlineMs, wellKnownFile }) => [deadlineMs, wellKnownFile?.file]),
      [
        [6000, undefined],
        [6000, "planned"],
      ],
    );
    assert.equal(asked.closed, 2);
  });
});
