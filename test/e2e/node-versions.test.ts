/**
 * The same reports from every version of Node: a server's verdict must not depend on this machine's Node or OpenSSL. The servers are the
 * lab's; the versions come from npm, or from `OTHER_NODES` (paths, one a line) where they are there already. Those that are too old say so.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { FORMATS } from "../../src/commands/options.ts";
import type { Output } from "../../src/facts/output.ts";
import { createAuthority, selfSigned } from "../lab/certificates.ts";
import { startNetwork, type Network } from "../lab/network.ts";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("../../bin/matrix-delegation-check.js", import.meta.url));
const INSTALL = fileURLToPath(new URL("nodes.sh", import.meta.url));
const SUPPORTED = ["20.18.1", "22", "24"];
const TOO_OLD = ["12", "14", "16", "18"];

const DAY = 86_400_000;
const past = { notBefore: new Date(Date.now() - 90 * DAY), notAfter: new Date(Date.now() - 3 * DAY) };

/** What is wrong with each server; which findings come of it is for the scenarios. */
const SERVERS: Record<string, (net: Network, name: string) => Promise<unknown>> = {
  healthy: (net, name) => net.homeserver(name),
  refused: (net, name) => net.closed(name, 8448),
  expired: async (net, name) => net.homeserver(name, { tls: await net.issuer.issue({ names: [name], ...past }) }),
  "other-name": async (net, name) => net.homeserver(name, { tls: await net.issuer.issue({ names: ["other.example.net"] }) }),
  "self-signed": async (net, name) => net.homeserver(name, { tls: await selfSigned({ names: [name] }) }),
  "no-san": async (net, name) => net.homeserver(name, { tls: await net.issuer.issue({ names: [], commonName: name, noSan: true }) }),
  "private-ca": async (net, name) =>
    net.homeserver(name, { tls: await (await createAuthority({ commonName: "Private Root" })).issue({ names: [name], aia: false }) }),
  incomplete: async (net, name) => {
    const { key, cert } = await net.issuer.issue({ names: [name] });
    return net.homeserver(name, { tls: { key, cert } });
  },
  "several-faults": async (net, name) => {
    const { key, cert } = await net.issuer.issue({ names: ["old.example.net"], ...past });
    return net.homeserver(name, { tls: { key, cert } });
  },
  "old-tls": (net, name) => net.homeserver(name, { maxVersion: "TLSv1.1" }),
  "xn--a": (net, name) => net.homeserver(name),
  "xn--mnchen-3ya": (net, name) => net.homeserver(name),
  "xn--ls8h": (net, name) => net.homeserver(name),
  "ab--c": (net, name) => net.homeserver(name),
  html: (net, name) => net.homeserver(name, { version: { body: "<html><title>Welcome</title></html>" } }),
};

let folder = "";
let net: Network;
let nodes: string[] = [];
let args: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mdc-nodes-"));
  const given = process.env["OTHER_NODES"];
  const text = given ?? (await run("bash", [INSTALL, folder, ...SUPPORTED, ...TOO_OLD], { maxBuffer: 1 << 24 })).stdout;
  nodes = text.split("\n").filter((path) => path !== "");
  net = await startNetwork();
  const names: string[] = [];
  for (const [label, start] of Object.entries(SERVERS)) {
    const name = `${label}.example.org`;
    names.push(name);
    await net.closed(name, 443);
    await start(net, name);
  }
  await writeFile(join(folder, "ca.pem"), net.authority.pem);
  args = [...names, "--no-authoritative", "--no-config", ...net.args(join(folder, "ca.pem"))];
});
after(async () => {
  await net.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function program(node: string, own: readonly string[]): Promise<Ended> {
  const { NODE_EXTRA_CA_CERTS: _, SSL_CERT_FILE: __, NODE_OPTIONS: ___, ...env } = process.env;
  return run(node, [PROGRAM, ...own], { env, maxBuffer: 1 << 28 }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as Ended;
      return { code, stdout, stderr };
    },
  );
}

async function versionOf(node: string): Promise<string> {
  return (await run(node, ["--version"])).stdout.trim().slice(1);
}

async function supported(): Promise<string[]> {
  const versions = await Promise.all(nodes.map(versionOf));
  return [process.execPath, ...nodes.filter((_, index) => Number.parseInt(versions[index]!) >= 20)];
}

/** Without what is measured anew each time: times, and ports and addresses of this machine's end. */
function comparable(text: string): unknown {
  const output = JSON.parse(text) as Output;
  return JSON.parse(
    JSON.stringify(output.reports, (key, value: unknown) =>
      /^(?:startedAt|until|timings|localAddress|date|validUntil)$|^ms$|Ms$/.test(key) ? undefined : value,
    ).replace(/\b\d+(?:\.\d+)? m?s\b/g, "0 s"),
  );
}

test("a live check: the same reports", async () => {
  const [first, ...others] = await supported();
  const expected = await program(first!, ["-f", "json", "--save-facts", join(folder, "facts"), ...args]);
  assert.equal(expected.stderr, "");
  for (const node of others) {
    const { code, stdout, stderr } = await program(node, ["-f", "json", ...args]);
    assert.deepEqual(comparable(stdout), comparable(expected.stdout), node);
    assert.deepEqual([code, stderr], [expected.code, expected.stderr], node);
  }
});

test("recorded evidence: the same, byte for byte, in every format", async () => {
  const [first, ...others] = await supported();
  assert.ok((await readFile(join(folder, "facts"), "utf8")).length > 10_000);
  for (const format of FORMATS) {
    const own = ["-f", format, "-v", "--from-facts", join(folder, "facts")];
    const expected = await program(first!, own);
    for (const node of others) assert.deepEqual(await program(node, own), expected, `${format}, ${node}`);
  }
});

test("a Node that is too old: one line with both versions, and 2; the library says the same", async () => {
  const { engines } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { engines: { node: string } };
  const library = new URL("../../dist/index.js", import.meta.url).href;
  for (const node of nodes) {
    const version = await versionOf(node);
    if (Number.parseInt(version) >= 20) continue;
    const words = `matrix-delegation-check needs Node.js ${engines.node.slice(2)} or newer, and this is Node.js ${version} (${node})`;
    for (const own of [["example.org"], ["--version"], ["explain"]])
      assert.deepEqual(await program(node, own), { code: 2, stdout: "", stderr: `error: ${words}\n` });
    const { stdout } = await run(node, ["--no-warnings", "-e", `import("${library}").catch(({ message }) => console.log(message))`]);
    assert.equal(stdout, `${words}\n`);
  }
});
