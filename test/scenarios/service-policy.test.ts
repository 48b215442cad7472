/**
 * A policy: what a server name could make this machine connect to, and doesn't. The victims are real servers on loopback, and each row
 * proves that they are reached without a policy.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { check, type CheckOptions } from "../../src/check.ts";
import { factsProblem } from "../../src/facts-problem.ts";
import type { Report } from "../../src/facts/output.ts";
import { PUBLIC_SERVICE } from "../../src/facts/policy.ts";
import { CLIENT_FILE, clientApi, clientFiles, CORS, SUPPORT_FILE } from "../lab/client.ts";
import type { HomeserverOptions } from "../lab/homeserver.ts";
import type { Network } from "../lab/network.ts";
import { startNetwork } from "../lab/network.ts";
import type { Answer } from "../lab/web-server.ts";
import { findingsOf } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";

/** Listens at the same port of 127.0.0.1 and ::1, and counts. */
interface Victim {
  port: number;
  readonly reached: number;
}

async function startVictim(): Promise<Victim & { close(): Promise<void> }> {
  let reached = 0;
  const open = (host: string, port: number) =>
    new Promise<{ port: number; close(): Promise<void> }>((resolve, reject) => {
      const server = createServer((socket) => {
        reached++;
        socket.on("error", () => {});
        socket.destroy();
      });
      server.once("error", reject);
      server.listen(port, host, () =>
        resolve({ port: (server.address() as { port: number }).port, close: () => new Promise((closed) => server.close(() => closed())) }),
      );
    });
  const ipv4 = await open("127.0.0.1", 0);
  const ipv6 = await open("::1", ipv4.port).catch(() => null);
  return {
    port: ipv4.port,
    get reached() {
      return reached;
    },
    close: async () => void (await Promise.all([ipv4.close(), ipv6?.close()])),
  };
}

/** A web server that the operator allows: it stands for one on the public internet. */
const evil = (net: Network, answer: Answer, host = "example.org") => net.web(host, { overridden: true, routes: { [PATH]: answer } });
const redirect = (to: string): Answer => ({ status: 302, headers: { location: to } });
const delegated = (to: string): Answer => ({ body: { "m.server": to } });
/** Somebody else's name, with the victim's address in DNS. The port is mapped, as a server on port 443 would need root. */
function inner(net: Network, victim: Victim, name: string, ...ports: number[]): void {
  net.publish(name, { A: ["127.0.0.1"] });
  for (const port of ports) net.options().connectTo?.push(`${name}:${port}::${victim.port}`);
}

const ATTACKS: Record<string, (net: Network, victim: Victim) => Promise<unknown>> = {
  "the name is a literal": async () => {},
  "redirect to http://127.0.0.1": (net, { port }) => evil(net, redirect(`http://127.0.0.1:${port}/`)),
  "redirect to https://127.0.0.1": (net, { port }) => evil(net, redirect(`https://127.0.0.1:${port}/`)),
  "redirect to http://[::1]": (net, { port }) => evil(net, redirect(`http://[::1]:${port}/`)),
  "redirect to a mapped address": (net, { port }) => evil(net, redirect(`http://[::ffff:127.0.0.1]:${port}/`)),
  "redirect to an address as one number": (net, { port }) => evil(net, redirect(`http://2130706433:${port}/`)),
  "redirect to an octal address": (net, { port }) => evil(net, redirect(`http://0177.0.0.1:${port}/`)),
  "redirect to a hexadecimal address": (net, { port }) => evil(net, redirect(`http://0x7f.1:${port}/`)),
  "redirect to a short address": (net, { port }) => evil(net, redirect(`http://127.1:${port}/`)),
  "redirect to full-width digits": (net, { port }) => evil(net, redirect(`http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:${port}/`)),
  "redirect to 0.0.0.0": (net, { port }) => evil(net, redirect(`http://0.0.0.0:${port}/`)),
  "redirect to a name": async (net, victim) => {
    inner(net, victim, "intranet.example.net");
    await evil(net, redirect(`http://intranet.example.net:${victim.port}/`));
  },
  "redirect to an alias of a name": async (net, victim) => {
    inner(net, victim, "intranet.example.net");
    net.publish("alias.example.net", { CNAME: ["intranet.example.net"] });
    await evil(net, redirect(`http://alias.example.net:${victim.port}/`));
  },
  "the second redirect": async (net, { port }) => {
    await evil(net, redirect("https://harmless.example.net/"));
    await net.web("harmless.example.net", { overridden: true, routes: { "/": redirect(`http://127.0.0.1:${port}/`) } });
  },
  "m.server is a literal": (net, { port }) => evil(net, delegated(`127.0.0.1:${port}`)),
  "m.server is an IPv6 literal": (net, { port }) => evil(net, delegated(`[::1]:${port}`)),
  "m.server is a mapped literal": (net, { port }) => evil(net, delegated(`[::ffff:127.0.0.1]:${port}`)),
  "m.server is a mapped literal in hexadecimal": (net, { port }) => evil(net, delegated(`[::ffff:7f00:1]:${port}`)),
  "m.server is a name": async (net, victim) => {
    inner(net, victim, "intranet.example.net");
    await evil(net, delegated(`intranet.example.net:${victim.port}`));
  },
  "m.server is a name with a mapped AAAA record": async (net, { port }) => {
    net.publish("intranet.example.net", { A: [], AAAA: ["::ffff:127.0.0.1"] });
    await evil(net, delegated(`intranet.example.net:${port}`));
  },
  "an SRV target": async (net, victim) => {
    inner(net, victim, "intranet.example.net");
    net.publish("_matrix-fed._tcp.example.org", { SRV: [`10 5 ${victim.port} intranet.example.net`] });
    await evil(net, { status: 404 });
  },
  "the well-known's host": async (net, victim) => inner(net, victim, "example.org", 443),
  "the host itself on 8448": async (net, victim) => inner(net, victim, "example.org", 8448),
  "clue: a homeserver at a usual name": async (net, victim) => {
    inner(net, victim, "matrix.example.org", 443);
    await evil(net, { status: 404 });
    await net.homeserver("example.org", { overridden: true, version: { status: 502, body: "" }, keys: { status: 502, body: "" } });
  },
  "clue: a well-known at a usual name": async (net, victim) => {
    inner(net, victim, "synapse.example.org", 443);
    await evil(net, { status: 404 });
    await net.homeserver("example.org", { overridden: true, version: { status: 502, body: "" }, keys: { status: 502, body: "" } });
  },
  "clue: the name in the keys": async (net, victim) => {
    inner(net, victim, "intranet.example.net", 443);
    await evil(net, delegated("matrix.example.org:443"));
    await net.homeserver("intranet.example.net", { host: "matrix.example.org", port: 443, overridden: true });
  },
  "clue: an issuer's URL": async (net, { port }) => {
    const { cert, key } = await net.issuer.issue({ names: ["matrix.example.org"], aia: `http://127.0.0.1:${port}/issuer.der` });
    await evil(net, delegated("matrix.example.org:443"));
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true, tls: { cert, key } });
  },
  "clue: an issuer's URL with a name": async (net, victim) => {
    inner(net, victim, "intranet.example.net");
    const { cert, key } = await net.issuer.issue({
      names: ["matrix.example.org"],
      aia: `http://intranet.example.net:${victim.port}/issuer.der`,
    });
    await evil(net, delegated("matrix.example.org:443"));
    await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true, tls: { cert, key } });
  },
};

/** What the client file, or what it leads to, makes a check with --client connect to. */
const clientFile = (net: Network, baseUrl: string, more: Record<string, Answer | null> = {}, host = "example.org") =>
  net.web(host, {
    overridden: true,
    routes: { [PATH]: { body: { "m.server": "matrix.example.org:443" } }, ...clientFiles(baseUrl, more) },
  });
const clientHomeserver = (net: Network, api: Record<string, Answer> = clientApi(), tls?: HomeserverOptions["tls"]) =>
  net.homeserver("example.org", {
    host: "matrix.example.org",
    port: 443,
    overridden: true,
    routes: api,
    ...(tls === undefined ? {} : { tls }),
  });
const ISSUER = "/_matrix/client/v1/auth_metadata";

const UNREACHABLE = "client/unreachable error";
/** [what is set up, what is found for clients] */
const CLIENT_ATTACKS: Record<string, [network: (net: Network, victim: Victim) => Promise<unknown>, finds: string[]]> = {
  ...Object.fromEntries(
    (
      [
        ["127.0.0.1", "127.0.0.1"],
        ["[::1]", "[::1]"],
        ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
        ["2130706433", "127.0.0.1"],
        ["0177.0.0.1", "127.0.0.1"],
        ["127.1", "127.0.0.1"],
        ["0.0.0.0", "0.0.0.0"],
        ["LOCALHOST.example.net", "127.0.0.1"],
      ] as const
    ).map(([host, address]) => [
      `the base URL is ${host}`,
      [
        async (net: Network, { port }: Victim) => {
          net.publish("localhost.example.net", { A: ["127.0.0.1"] });
          await clientFile(net, `https://${host}:${port}`);
          await clientHomeserver(net);
        },
        [`${UNREACHABLE} ${address}:PORT`],
      ],
    ]),
  ),
  "the base URL is an alias": [
    async (net, { port }) => {
      net.publish("intranet.example.net", { A: ["127.0.0.1"] });
      net.publish("alias.example.net", { CNAME: ["intranet.example.net"] });
      await clientFile(net, `https://alias.example.net:${port}/hs`);
      await clientHomeserver(net);
    },
    [`${UNREACHABLE} 127.0.0.1:PORT`],
  ],
  "the client file redirects": [
    async (net, { port }) => {
      await clientFile(net, "", { [CLIENT_FILE]: redirect(`https://127.0.0.1:${port}/`) });
      await clientHomeserver(net);
    },
    [`${UNREACHABLE} https://example.org/.well-known/matrix/client`],
  ],
  "the support file redirects": [
    async (net, { port }) => {
      await clientFile(net, "https://matrix.example.org", { [SUPPORT_FILE]: redirect(`https://127.0.0.1:${port}/`) });
      await clientHomeserver(net);
    },
    [],
  ],
  "the client API names an issuer": [
    async (net, { port }) => {
      await clientFile(net, "https://matrix.example.org");
      await clientHomeserver(net, { ...clientApi(), [ISSUER]: { headers: CORS, body: { issuer: `https://127.0.0.1:${port}/` } } });
    },
    ["client/auth warning https://127.0.0.1:PORT/"],
  ],
  "the client file names an issuer": [
    async (net, { port }) => {
      net.publish("intranet.example.net", { A: ["127.0.0.1"] });
      const body = {
        "m.homeserver": { base_url: "https://matrix.example.org" },
        "org.matrix.msc2965.authentication": { issuer: `https://intranet.example.net:${port}/` },
      };
      await clientFile(net, "", { [CLIENT_FILE]: { headers: CORS, body } });
      await clientHomeserver(net);
    },
    ["client/auth warning https://intranet.example.net:PORT/"],
  ],
  "a place that is guessed": [
    async (net, { port }) => {
      await clientFile(net, `http://127.0.0.1:${port}`);
      await clientHomeserver(net);
    },
    ["client/base-url error https://example.org/.well-known/matrix/client"],
  ],
  "an issuer's URL in the certificate": [
    async (net, { port }) => {
      const { cert, key } = await net.issuer.issue({ names: ["matrix.example.org"], aia: `http://127.0.0.1:${port}/issuer.der` });
      await clientFile(net, "https://matrix.example.org");
      await clientHomeserver(net, clientApi(), { cert, key });
    },
    ["client/tls error 127.0.0.1:ANY"],
  ],
};

async function withVictim(run: (net: Network, victim: Victim) => Promise<unknown>): Promise<void> {
  const net = await startNetwork();
  const victim = await startVictim();
  try {
    await run(net, victim);
  } finally {
    await Promise.all([net.close(), victim.close()]);
  }
}

const QUICK: CheckOptions = { timeoutMs: 3000, deadlineMs: 10_000 };
const limited = (net: Network, more: CheckOptions = {}): CheckOptions =>
  net.options({ ...QUICK, allowPrivate: false, policy: PUBLIC_SERVICE, ...more });

test("private addresses are denied everywhere", { concurrency: 4 }, async (t) => {
  await Promise.all(
    Object.entries(ATTACKS).map(([title, prepare]) =>
      t.test(title, () =>
        withVictim(async (net, victim) => {
          await prepare(net, victim);
          const name = title === "the name is a literal" ? `127.0.0.1:${victim.port}` : "example.org";
          const report = await check(name, limited(net));
          assert.equal(victim.reached, 0);
          assert.notEqual(report.verdict, "pass");
          assert.equal(report.internalErrors, undefined);
          assert.equal(factsProblem(JSON.parse(JSON.stringify(report.facts))), null);

          await check(name, net.options(QUICK));
          assert.ok(victim.reached > 0, "without a policy the victim is reached");
        }),
      ),
    ),
  );
});

test("--client: private addresses are denied everywhere", { concurrency: 4 }, async (t) => {
  await Promise.all(
    Object.entries(CLIENT_ATTACKS).map(([title, [prepare, finds]]) =>
      t.test(title, () =>
        withVictim(async (net, victim) => {
          await prepare(net, victim);
          const report = await check("example.org", limited(net, { client: true }));
          assert.equal(victim.reached, 0);
          assert.equal(report.internalErrors, undefined);
          assert.equal(factsProblem(JSON.parse(JSON.stringify(report.facts))), null);
          const said = report.findings.filter(({ step, severity }) => step === "client" && severity !== "info");
          assert.deepEqual(
            said.map(({ code, severity, where }) =>
              `${code} ${severity} ${where.join()}`.replace(String(victim.port), "PORT").replace(/:\d+$/, ":ANY"),
            ),
            finds,
          );

          await check("example.org", net.options({ ...QUICK, client: true }));
          assert.ok(victim.reached > 0, "without a policy the victim is reached");
        }),
      ),
    ),
  );
});

test("a nameserver at a private address isn't asked", () =>
  withVictim(async (net) => {
    const [nameserver] = await net.nameservers("example.org", { "ns1.example.org": {} });
    await evil(net, delegated("matrix.example.org:443"));
    net.publish("matrix.example.org", { A: ["127.0.0.1"] });
    await check("example.org", limited(net));
    assert.equal(nameserver?.queries.length, 0);
    await check("example.org", net.options(QUICK));
    assert.ok((nameserver?.queries.length ?? 0) > 0, "without a policy it is asked");
  }));

// What came of it, in the report.

interface Row {
  title: string;
  serverName?: string;
  network: (net: Network, victim: Victim) => Promise<unknown>;
  finds: string[];
  verdict: string;
  options?: CheckOptions;
  and?: (report: Report) => unknown;
}

const healthyPlace = async (net: Network): Promise<void> => {
  await evil(net, delegated("matrix.example.org:443"));
  await net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true });
};
const stepOf = (report: Report, id: string): string =>
  report.steps.flatMap((step) => (step.id === id ? [`${step.status}: ${step.detail}`] : [])).join("");

const ROWS: Row[] = [
  { title: "what the operator named is allowed", network: healthyPlace, finds: [], verdict: "pass" },
  {
    title: "a target at a private address: that is the finding, and nothing is said of what wasn't tried",
    async network(net) {
      await evil(net, delegated("matrix.example.org:8448"));
      net.publish("matrix.example.org", { A: ["10.0.0.1"] });
    },
    finds: ["address/not-public error"],
    verdict: "fail",
    and(report) {
      assert.deepEqual(
        report.route?.targets[0]?.endpoints.map(({ address, status }) => `${address} ${status}`),
        ["10.0.0.1 untested"],
      );
      assert.match(stepOf(report, "connect"), /^unknown: untested: the policy of this check doesn't allow it/);
    },
  },
  {
    title: "the well-known's host at a private address: resolution goes on as homeservers do",
    async network(net) {
      net.publish("example.org", { A: ["10.0.0.1"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs.example.net"] });
      await net.homeserver("example.org", {
        host: "hs.example.net",
        overridden: true,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      });
    },
    finds: ["address/not-public error", "srv/not-recommended info"],
    verdict: "fail",
    and(report) {
      assert.match(stepOf(report, "well-known"), /example\.org has an address that isn't public/);
      assert.equal(report.route?.targets[0]?.endpoints[0]?.status, "ok");
    },
  },
  {
    title: "a redirect to a private address",
    async network(net) {
      await evil(net, redirect("https://10.0.0.1/"));
      await net.homeserver("example.org", { overridden: true });
    },
    finds: ["address/not-public error"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.where, ["10.0.0.1"]),
  },
  {
    title: "a target's port that isn't allowed: nothing is known, and it is said why",
    async network(net, { port }) {
      await evil(net, delegated(`matrix.example.org:${port}`));
      net.publish("matrix.example.org", { A: ["127.0.0.1"] });
    },
    options: { allowPrivate: true, policy: { privateAddresses: "allow", ports: [443, 8448] } },
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and(report) {
      assert.match(
        report.findings.find(({ code }) => code === "address/untested")?.detail ?? "",
        /^The policy of this check doesn't allow connections to this port: 127\.0\.0\.1:\d+\. It was not tested\.$/,
      );
      assert.match(stepOf(report, "connect"), /^unknown: untested: the policy/);
    },
  },
  {
    title: "a redirect to a port that isn't allowed: no route is guessed",
    network: (net, { port }) => evil(net, redirect(`https://127.0.0.1:${port}/`)),
    options: { allowPrivate: true, policy: { privateAddresses: "allow", ports: [443, 8448] } },
    finds: ["address/untested info"],
    verdict: "inconclusive",
    and: (report) => assert.equal(report.route, null),
  },
  {
    title: "--client: the base URL's address isn't public: not asked, and said",
    async network(net) {
      await clientFile(net, "https://metadata.example.net");
      await clientHomeserver(net);
      net.publish("metadata.example.net", { A: ["169.254.169.254"] });
    },
    options: { client: true },
    finds: ["client/unreachable error"],
    verdict: "fail",
    and(report) {
      const [found] = report.findings.filter(({ code }) => code === "client/unreachable");
      assert.deepEqual(found?.where, ["169.254.169.254:443"]);
      assert.match(found?.detail ?? "", /its host has only 169\.254\.169\.254, which exists in a private network alone/);
      assert.deepEqual(
        report.facts.client?.api?.endpoints.map(({ tcp }) => tcp.status),
        ["skipped"],
      );
    },
  },
  {
    title: "--client: the base URL's port isn't allowed: not asked, and said",
    async network(net, { port }) {
      await clientFile(net, `https://hs.example.net:${port}`);
      await clientHomeserver(net);
      net.publish("hs.example.net", { A: ["127.0.0.1"] });
    },
    options: { client: true, allowPrivate: true, policy: { privateAddresses: "allow", ports: [443, 8448] } },
    finds: ["address/untested info"],
    verdict: "pass",
    and: (report) =>
      assert.match(
        report.findings.find(({ code }) => code === "address/untested")?.detail ?? "",
        /^The policy of this check doesn't allow connections to this port: 127\.0\.0\.1:\d+\. Clients connect there for "https:\/\/hs\.example\.net:\d+"; that was not tested\.$/,
      ),
  },
  {
    title: "--client: what the operator named is allowed",
    async network(net) {
      await clientFile(net, "https://matrix.example.org");
      await clientHomeserver(net);
    },
    options: { client: true },
    finds: [],
    verdict: "pass",
    and: (report) => assert.ok(report.facts.client?.api?.endpoints.every(({ versions }) => versions.status === "done")),
  },
  {
    title: "one SRV target's port isn't allowed, the other one works",
    async network(net, victim) {
      inner(net, victim, "hs2.example.net");
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8448 hs1.example.net", `20 5 ${victim.port} hs2.example.net`] });
      await evil(net, { status: 404 });
      await net.homeserver("example.org", {
        host: "hs1.example.net",
        overridden: true,
        tls: await net.issuer.issue({ names: ["example.org"] }),
      });
    },
    options: { allowPrivate: true, policy: { privateAddresses: "allow", ports: [80] } },
    finds: ["well-known/not-found info", "srv/not-recommended info", "address/untested info"],
    verdict: "pass",
    and: (report) =>
      assert.deepEqual(
        report.route?.targets.map(({ endpoints }) => endpoints[0]?.status),
        ["ok", "untested"],
      ),
  },
];

for (const { title, serverName = "example.org", network, finds, verdict, options, and } of ROWS) {
  test(title, () =>
    withVictim(async (net, victim) => {
      await network(net, victim);
      const report = await check(serverName, limited(net, options));
      assert.deepEqual(findingsOf(report), finds, JSON.stringify(report.findings, null, 1));
      assert.equal(report.verdict, verdict);
      assert.equal(victim.reached, 0);
      await and?.(report);
    }),
  );
}

const PUBLIC_NAMESERVER = "198.41.0.4";

test("the report holds nothing of this machine: no resolver, no address of its own, no hosts file", () =>
  withVictim(async (net) => {
    const directory = await mkdtemp(join(tmpdir(), "mdc-policy-"));
    try {
      await evil(net, delegated("matrix.example.org:443"));
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      const text = `10.8.8.8:53 and [fd00::53]:53 failed at ${PUBLIC_NAMESERVER}`;
      net.dns.zone["_matrix._tcp.example.org"] = { SRV: { rcode: "SERVFAIL", ede: [{ code: 22, text }] } };
      const hostsFile = join(directory, "hosts");
      writeFileSync(hostsFile, "10.9.8.7 example.org matrix.example.org\n");
      const second = `127.0.0.1:${(await net.nameservers("example.net", { "ns1.example.net": {} }))[0]?.port}`;
      const [first] = net.options().dnsServers ?? [];
      for (const dnsServers of [[first ?? ""], [first ?? "", second]]) {
        const secrets = [...dnsServers, "10.9.8.7", directory, "10.8.8.8", "fd00::53"];
        const options = { hostsFile, dnsServers };
        const revealed = JSON.stringify(await check("example.org", net.options({ ...QUICK, ...options })));
        assert.ok(
          secrets.every((secret) => secret === second || revealed.includes(secret)) && /"localAddress":"127/.test(revealed),
          "without a policy it is there",
        );
        const report = await check("example.org", limited(net, options));
        assert.equal(report.internalErrors, undefined);
        const text = JSON.stringify(report);
        assert.deepEqual(
          secrets.filter((secret) => text.includes(secret)),
          [],
        );
        assert.ok(text.includes(PUBLIC_NAMESERVER), "what is public may be said");
        assert.deepEqual([...new Set([...text.matchAll(/"localAddress":"([^"]*)"/g)].map((match) => match[1]))], [""]);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }));

for (const [title, options, message] of [
  ["no object", { policy: "strict" }, /^policy is not an object/],
  ["a field that doesn't exist", { policy: { privateAddresses: "deny", port: "any" } }, /^policy has no field "port"/],
  ["no addresses", { policy: { ports: "any" } }, /^policy\.privateAddresses must be/],
  ["a port that is none", { policy: { privateAddresses: "deny", ports: [443, 65_536] } }, /^policy\.ports must be/],
  ["the opposite", { policy: PUBLIC_SERVICE, allowPrivate: true }, /exclude each other/],
] as const) {
  test(`refused: ${title}`, () => assert.rejects(check("example.org", options as unknown as CheckOptions), { code: "usage", message }));
}
