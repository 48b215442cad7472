/** What is planned for a delegation: the same snippets as in the findings' fixes, and commands that pass once the plan is carried out. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planDelegation, whyNot, type PlanOptions } from "../../src/advice/plan.ts";
import type { Plan } from "../../src/advice/plan-shape.ts";
import type { Present } from "../../src/advice/plan-present.ts";
import { routeFederation } from "../../src/advice/federation.ts";
import { takenApart } from "../../src/advice/homeserver-site.ts";
import { SERVE_WITH, wellKnownFile, type ServeWith } from "../../src/advice/well-known.ts";
import { check } from "../../src/check.ts";
import type { Invocation } from "../../src/commands/invocation.ts";
import { buildProgram } from "../../src/commands/program.ts";
import { parseServerName, type ServerName } from "../../src/matrix/server-name.ts";
import { readWellKnown } from "../../src/matrix/well-known.ts";
import { parseConnectTo } from "../../src/net/connect-to.ts";
import { startNetwork, type Network } from "../lab/network.ts";

function name(text: string): ServerName {
  const parsed = parseServerName(text);
  assert.ok(parsed.ok, text);
  return parsed.name;
}

function options(serverName: string, to: string, more: { with?: ServeWith; srv?: boolean } = {}): PlanOptions {
  return { serverName: name(serverName), to: name(to), with: more.with ?? null, srv: more.srv ?? false };
}

function plan(serverName: string, to: string, more: { with?: ServeWith; srv?: boolean } = {}): Plan {
  const asked = options(serverName, to, more);
  assert.equal(whyNot(asked), null);
  return planDelegation(asked);
}

/** Server name, --to, --srv; via, m.server, records (type and owner), certificates (covers@host), hosts and ports that DNS will lead to. */
const PLANS: [
  serverName: string,
  to: string,
  srv: boolean,
  via: Plan["via"],
  value: string | null,
  records: string,
  certificates: string,
  redirected: string,
][] = [
  [
    "example.com",
    "matrix.example.com:443",
    false,
    "well-known",
    "matrix.example.com:443",
    "A,AAAA example.com. A,AAAA matrix.example.com.",
    "example.com@example.com matrix.example.com@matrix.example.com",
    "matrix.example.com:443",
  ],
  [
    "example.com",
    "Matrix.Example.com:8448",
    false,
    "well-known",
    "matrix.example.com:8448",
    "A,AAAA example.com. A,AAAA matrix.example.com.",
    "example.com@example.com matrix.example.com@matrix.example.com",
    "matrix.example.com:8448",
  ],
  [
    "example.com",
    "matrix.example.com",
    false,
    "well-known",
    "matrix.example.com",
    "A,AAAA example.com. A,AAAA matrix.example.com.",
    "example.com@example.com matrix.example.com@matrix.example.com",
    "matrix.example.com:8448",
  ],
  [
    "example.com",
    "example.com:443",
    false,
    "well-known",
    "example.com:443",
    "A,AAAA example.com.",
    "example.com@example.com",
    "example.com:443",
  ],
  [
    "example.com",
    "example.com:8443",
    false,
    "well-known",
    "example.com:8443",
    "A,AAAA example.com.",
    "example.com@example.com",
    "example.com:8443",
  ],
  [
    "example.com",
    "192.0.2.9:443",
    false,
    "well-known",
    "192.0.2.9:443",
    "A,AAAA example.com.",
    "example.com@example.com 192.0.2.9@192.0.2.9",
    "",
  ],
  [
    "example.com",
    "[2001:DB8::9]",
    false,
    "well-known",
    "[2001:db8::9]",
    "A,AAAA example.com.",
    "example.com@example.com 2001:db8::9@2001:db8::9",
    "",
  ],
  ["example.com", "example.com:8448", false, "none", null, "A,AAAA example.com.", "example.com@example.com", "example.com:8448"],
  ["example.com", "EXAMPLE.com", false, "none", null, "A,AAAA example.com.", "example.com@example.com", "example.com:8448"],
  ["example.com", "example.com:8448", true, "none", null, "A,AAAA example.com.", "example.com@example.com", "example.com:8448"],
  ["example.com:8008", "example.com:8008", false, "none", null, "A,AAAA example.com.", "example.com@example.com", "example.com:8008"],
  ["192.0.2.9", "192.0.2.9:8448", false, "none", null, "", "192.0.2.9@192.0.2.9", ""],
  [
    "example.com",
    "hs.example.net:443",
    true,
    "srv",
    null,
    "SRV _matrix-fed._tcp.example.com. SRV _matrix._tcp.example.com. A,AAAA hs.example.net.",
    "example.com@hs.example.net",
    "example.com:8448 hs.example.net:443",
  ],
  [
    "example.com",
    "hs.example.net",
    true,
    "srv",
    null,
    "SRV _matrix-fed._tcp.example.com. SRV _matrix._tcp.example.com. A,AAAA hs.example.net.",
    "example.com@hs.example.net",
    "example.com:8448 hs.example.net:8448",
  ],
];

describe("the plan", () => {
  for (const [serverName, to, srv, via, value, records, certificates, redirected] of PLANS) {
    test(`${serverName} to ${to}${srv ? " by SRV" : ""}`, () => {
      const planned = plan(serverName, to, { srv });
      assert.equal(planned.via, via);
      assert.deepEqual(
        planned.files.map(({ url, status, contentType, body }) => [url, status, contentType, readWellKnown(Buffer.from(body))]),
        value === null ? [] : [["https://example.com/.well-known/matrix/server", 200, "application/json", { kind: "m.server", value }]],
      );
      assert.equal(
        planned.dns
          .map(({ type, name: owner }) => `${type} ${owner}`)
          .join(" ")
          .replaceAll(/A (\S+) AAAA \1/g, "A,AAAA $1"),
        records,
      );
      assert.equal(planned.certificates.map(({ covers, host }) => `${covers}@${host}`).join(" "), certificates);
      const [before] = planned.verify.filter(({ when }) => when === "before");
      assert.equal(
        [...(before?.command.matchAll(/--connect-to (\S+:\d+):192\.0\.2\.[12]:\d+/g) ?? [])].map(([, from]) => from).join(" "),
        redirected,
      );
    });
  }

  test("SRV records: both services, final dots, the port", () => {
    assert.deepEqual(
      plan("example.com", "hs.example.net:443", { srv: true })
        .dns.slice(0, 2)
        .map(({ line, data }) => [line, data]),
      [
        ["_matrix-fed._tcp.example.com.  IN SRV  10 0 443 hs.example.net.", "10 0 443 hs.example.net."],
        ["_matrix._tcp.example.com.  IN SRV  10 0 443 hs.example.net.", "10 0 443 hs.example.net."],
      ],
    );
  });

  for (const [serverName, to, more, said] of [
    ["example.com", "example.com:8448", {}, /^$/],
    [
      "example.com",
      "matrix.example.com",
      {},
      /--to has no port.*SRV records of matrix\.example\.com, and connect to port 8448.*Recommended: --to matrix\.example\.com:443.*kept as asked/,
    ],
    ["example.com", "192.0.2.9", {}, /Recommended: --to 192\.0\.2\.9:443.*no SNI/],
    [
      "example.com",
      "hs.example.net",
      { srv: true },
      /SRV isn't recommended: it changes where homeservers connect, but not which certificate.*no valid file.*not lead to a CNAME.*so it is 8448/,
    ],
    [
      "example.com",
      "matrix.example.com:443",
      { with: "synapse" },
      /Synapse can only announce example\.com:443.*publish the static file instead/,
    ],
    [
      "example.com",
      "example.com:443",
      { with: "synapse" },
      /Synapse can only announce example\.com:443.*right when https:\/\/example\.com\/_matrix is forwarded/,
    ],
    ["Example.com", "matrix.example.com:443", {}, /Example\.com and example\.com are different/],
    ["example.com", "ma--trix.example.com:443", {}, /Synapse refuses the host ma--trix\.example\.com/],
  ] as [string, string, { with?: ServeWith; srv?: boolean }, RegExp][]) {
    test(`what is noted: ${serverName} to ${to} ${JSON.stringify(more)}`, () => {
      const { notes, summary, via } = plan(serverName, to, more);
      if (via === "none")
        assert.match(summary, /^No delegation is needed: .* connect to example\.com:8448 and expect a certificate for example\.com\.$/);
      else assert.match(notes.join(" "), said);
    });
  }

  for (const [serverName, to, more, problem] of [
    [
      "example.com:8448",
      "matrix.example.com:443",
      {},
      /^example\.com:8448 can't be delegated: homeservers connect to that port of example\.com/,
    ],
    ["192.0.2.9", "matrix.example.com:443", {}, /^192\.0\.2\.9 can't be delegated/],
    ["[2001:db8::9]:8448", "192.0.2.9:8448", {}, /can't be delegated/],
    ["example.com", "192.0.2.9:8448", { srv: true }, /^--srv: an SRV record leads to a host name, not to an IP address/],
    ["example.com", "hs.example.net:8448", { srv: true, with: "static" }, /^--srv and --with static exclude each other/],
    ["example.com", "hs.example.net:8448", { srv: true, with: "synapse" }, /^--srv and --with synapse exclude each other/],
  ] as [string, string, { with?: ServeWith; srv?: boolean }, RegExp][]) {
    test(`what can't be planned: ${serverName} to ${to} ${JSON.stringify(more)}`, () =>
      assert.match(whyNot(options(serverName, to, more)) ?? "", problem));
  }
});

/** Of every whole configuration: TLS, both families, the full chain, by the words of each server. */
const WHOLE: [ServeWith, RegExp[]][] = [
  [
    "nginx",
    [
      /^server \{\n/,
      /^ {4}listen 8448 ssl;$/m,
      /^ {4}listen \[::\]:8448 ssl;$/m,
      /^ {4}server_name matrix\.example\.com;$/m,
      /fullchain\.pem;$/m,
    ],
  ],
  ["caddy", [/^matrix\.example\.com:8448 \{\n\thandle/]],
  [
    "apache",
    [/^Listen 8448\n<VirtualHost \*:8448>\n {4}ServerName matrix\.example\.com$/m, /SSLCertificateFile \S+fullchain\.pem$/m, /nocanon$/m],
  ],
  ["haproxy", [/^ {4}bind :::8448 v4v6 ssl crt /m, /^backend matrix_homeserver$/m]],
  ["traefik", [/Host\(`matrix\.example\.com`\)/, /tls\.certresolver=letsencrypt$/m]],
];

describe("the configuration", () => {
  for (const kind of SERVE_WITH) {
    for (const [serverName, to, srv] of PLANS) {
      if (srv && (kind === "static" || kind === "synapse")) continue;
      test(`${kind}: ${serverName} to ${to}${srv ? " by SRV" : ""}`, () => {
        const { configuration, files } = plan(serverName, to, { with: kind, srv });
        assert.ok(configuration.length > 0);
        for (const { what, text } of configuration) {
          assert.doesNotMatch(`${what}\n${text ?? ""}`, /undefined|\[object|NaN/);
          assert.doesNotMatch(what, /[\n]|[:.]$/, "the sentence's end is the renderer's");
          assert.ok(text === null || (text !== "" && text === text.trimEnd()));
        }
        const all = configuration.map(({ text }) => text ?? "").join("\n");
        if (files[0] !== undefined && kind !== "synapse") assert.ok(all.includes(files[0].body), "the file's body is in it");
      });
    }
  }

  for (const [kind, expected] of WHOLE) {
    test(`${kind}: a whole site, from the generators of the fixes`, () => {
      const { configuration } = plan("example.com", "matrix.example.com:8448", { with: kind });
      const served = configuration.filter(({ for: host }) => host === "example.com");
      assert.ok(served.some(({ text }) => text?.includes(wellKnownFile("matrix.example.com:8448")) === true));
      const site = {
        text: configuration.flatMap(({ for: host, text }) => (host === "matrix.example.com:8448" ? (text ?? []) : [])).join("\n"),
      };
      for (const part of expected) assert.match(site.text, part);
      const fix = takenApart(routeFederation(kind === "static" ? null : kind, { host: "matrix.example.com", port: 8448 })).text ?? "";
      const lines = (text: string): string[] =>
        text
          .split("\n")
          .map((line) => line.trim())
          .filter((line) => line !== "");
      const missing = lines(fix).filter((line) => !lines(site.text).includes(line));
      assert.deepEqual(missing, []);
    });
  }

  test("the certificate that Caddy and Traefik can't get by themselves, with SRV, is given to them", () => {
    const text = (kind: ServeWith): string =>
      plan("example.com", "hs.example.net:8448", { srv: true, with: kind })
        .configuration.map((piece) => piece.text ?? "")
        .join("\n");
    assert.match(text("caddy"), /^example\.com:8448 \{\n\ttls \S+\/example\.com\/fullchain\.pem /);
    assert.match(text("traefik"), /certFile: \S+\/example\.com\/fullchain\.pem/);
    assert.doesNotMatch(text("traefik"), /certresolver/);
  });

  for (const [to, served] of [
    ["example.com:443", "serve_server_wellknown: true"],
    ["matrix.example.com:443", "printf"],
    ["example.com:8443", "printf"],
  ] as const) {
    test(`synapse to ${to}: ${served}`, () => {
      const all = plan("example.com", to, { with: "synapse" })
        .configuration.map(({ text }) => text ?? "")
        .join("\n");
      assert.ok(all.includes(served));
      assert.equal(all.includes("serve_server_wellknown: true"), to === "example.com:443");
    });
  }
});

/** The order of the steps; each is there or not. */
const ORDER = ["dns", "certificate", "modules", "configuration", "reload", "try", "publish", "verify"];
/** Server name, --to, --srv: with port 443, another one, none, the same host, a name in A-labels, an IP address. */
const DELEGATED: [string, string, boolean][] = [
  ...PLANS.map(([serverName, to, srv]): [string, string, boolean] => [serverName, to, srv]),
  ["xn--exmple-cua.com", "matrix.xn--exmple-cua.com:443", false],
  ["xn--exmple-cua.com", "xn--exmple-cua.com:443", false],
  ["xn--exmple-cua.com", "hs.example.net:8448", true],
];

describe("the steps", () => {
  for (const kind of [...SERVE_WITH, null]) {
    for (const [serverName, to, srv] of DELEGATED) {
      if (srv && (kind === "static" || kind === "synapse")) continue;
      test(`${kind ?? "not given"}: ${serverName} to ${to}${srv ? " by SRV" : ""}`, () => {
        const { steps, verify, via } = plan(serverName, to, { ...(kind !== null && { with: kind }), srv });
        const ids = steps.map(({ id }) => id);
        assert.deepEqual(
          ids,
          ORDER.filter((id) => (ids as string[]).includes(id)),
        );
        for (const { parts, title, status, present } of steps) {
          assert.deepEqual([status, present], ["to-do", null], "nothing is known of today");
          assert.ok(title !== "" && parts.length > 0);
          for (const { prose, lines } of parts) {
            // Of prose that announces what is to be pasted, and of no other, the end is a colon.
            assert.match(prose, lines.length > 0 ? /^[^\n]*:$/ : /^[^\n]*\.$/);
            for (const line of lines) assert.match(line, /^[\t\x20-\x7e]*$/);
            assert.doesNotMatch(`${prose}${lines.join("")}`, /undefined|\[object|NaN/);
          }
        }
        const text = (id: string): string =>
          steps
            .filter((step) => step.id === id)
            .flatMap(({ parts }) => parts.flatMap(({ lines }) => lines))
            .join("\n");
        assert.equal(ids.includes("modules"), kind === "apache");
        if (kind === "apache") assert.match(text("modules"), /^a2enmod /);
        assert.equal(ids.includes("publish"), via !== "none");
        // What loads first knows of no certificate.
        assert.doesNotMatch(text("certificate").replaceAll(/^certbot .*$/gm, ""), /ssl_certificate|SSLCertificate|\bcrt\b/);
        assert.match(text("verify"), /^npx matrix-delegation-check \S+$/);
        const before = verify.find(({ when }) => when === "before")?.command;
        if (before !== undefined) assert.equal(text("try"), before);
        const all = steps.map(({ id }) => text(id)).join("\n");
        const byIp = /^(?:\d+\.|\[)/.test(serverName);
        if (!byIp && kind !== "caddy" && kind !== "traefik")
          assert.match(all, new RegExp(`^certbot certonly .*-d ${serverName.replace(/:.*/, "")}( |$)`, "m"));
        assert.equal(/^\S+ IN SRV/m.test(text("publish").replaceAll(/ +/g, " ")), via === "srv");
      });
    }
  }

  for (const [kind, begins] of [
    ["nginx", /^server \{\n {4}listen 80;\n {4}listen \[::\]:80;\n {4}server_name example\.com matrix\.example\.com;\n.*acme-challenge/m],
    ["apache", /^<VirtualHost \*:80>\n {4}ServerName example\.com\n {4}ServerAlias matrix\.example\.com\n/],
    ["haproxy", /^frontend matrix_http\n {4}mode http\n {4}bind :::80 v4v6\n.*acme-challenge/],
  ] as const) {
    test(`${kind}: the first configuration answers the challenge over HTTP for each name`, () => {
      const { steps } = plan("example.com", "matrix.example.com:443", { with: kind });
      const [first] = steps.find(({ id }) => id === "certificate")?.parts ?? [];
      assert.match(first?.lines.join("\n") ?? "", begins);
    });
  }

  test("a certificate that no challenge over HTTP can prove is ordered by DNS", () => {
    for (const kind of ["nginx", "apache", "haproxy", "caddy"] as const) {
      const { steps } = plan("example.com", "hs.example.net:8448", { with: kind, srv: true });
      const lines = steps.find(({ id }) => id === "certificate")?.parts.flatMap((part) => part.lines) ?? [];
      assert.equal(lines[0], "certbot certonly --manual --preferred-challenges dns --cert-name example.com -d example.com");
    }
  });

  test("addresses that DNS knows stand in the command that tries it", () => {
    const present: Present = {
      dns: null,
      certificate: null,
      homeserver: null,
      publish: null,
      verify: null,
      addresses: { "matrix.example.com": "[2001:db8::7]" },
      connectTo: [],
      goodCertificates: [],
      certified: true,
      baseAnswers: null,
      otherName: null,
      decides: { file: false, srv: [] },
    };
    const { verify } = planDelegation(options("example.com", "matrix.example.com:443"), present);
    assert.match(verify[0]?.command ?? "", / --connect-to matrix\.example\.com:443:\[2001:db8::7\]:443 example\.com$/);
    assert.equal(verify[0]?.note, null);
  });

  test("Synapse's file only where it is right; a listener with TLS only where no web server stands", () => {
    const lines = (to: string): string =>
      plan("example.com", to, { with: "synapse" })
        .steps.flatMap(({ parts }) => parts.flatMap((part) => part.lines))
        .join("\n");
    assert.match(lines("example.com:443"), /^serve_server_wellknown: true$/m);
    assert.match(lines("example.com:443"), /^ {4}tls: false$/m);
    for (const to of ["matrix.example.com:8448", "example.com:8443", "matrix.example.com"]) {
      assert.doesNotMatch(lines(to), /serve_server_wellknown/, to);
      assert.match(lines(to), /^ {4}tls: true$/m, to);
      assert.match(lines(to), /^printf '%s' '\{"m\.server": .* > \.well-known\/matrix\/server$/m, to);
    }
  });
});

/** As a shell and then commander read it. */
function read(line: string): Extract<Invocation, { command: "check" | "resolve" }> {
  // The file is given on standard input, as it will be published.
  const command = line.replace(/^printf '%s' '\{"m\.server": "[^"']+"\}' \| (?=.* --well-known-file \/dev\/stdin )/, "");
  const [npx, program, ...argv] = command.split(" ");
  assert.deepEqual([npx, program], ["npx", "matrix-delegation-check"]);
  assert.match(command, /^[A-Za-z0-9 :.[\]_/-]+$/, "nothing that a shell takes apart");
  const read: Invocation[] = [];
  buildProgram(
    "0",
    process.stdout,
    () => {},
    (invocation) => read.push(invocation),
  ).parse(argv, { from: "user" });
  const [invocation] = read;
  assert.ok(invocation?.command === "check");
  return invocation;
}

describe("the commands that verify", () => {
  for (const [serverName, to, srv] of PLANS) {
    test(`are understood: ${serverName} to ${to}${srv ? " by SRV" : ""}`, () => {
      const { verify } = plan(serverName, to, { srv });
      assert.equal(verify.at(-1)?.command, `npx matrix-delegation-check ${serverName}`);
      for (const { command, note } of verify) {
        const { names, options: given } = read(command);
        assert.deepEqual(names, [serverName]);
        parseConnectTo(given.connectTo);
        for (const entry of given.connectTo) assert.ok(note?.includes(`replace ${entry.split(":").at(-2)} with`));
      }
    });
  }

  const carriedOut: [title: string, planned: Plan, setUp: (net: Network, planned: Plan) => Promise<unknown>][] = [
    [
      "a well-known that isn't published yet, and DNS knows neither host",
      plan("example.org", "matrix.example.org:443"),
      (net) => net.homeserver("example.org", { host: "matrix.example.org", port: 443, overridden: true }),
    ],
    ["no delegation", plan("example.org", "example.org:8448"), (net) => net.homeserver("example.org", { overridden: true })],
    [
      "SRV, before the records are published",
      plan("example.org", "hs.example.net:8449", { srv: true }),
      (net) => net.homeserver("example.org", { port: 8448, overridden: true }),
    ],
    [
      "SRV, when the records are published and the target has no address yet",
      plan("example.org", "hs.example.net:8449", { srv: true }),
      async (net, { dns }) => {
        for (const { type, name: owner, data } of dns)
          if (type === "SRV" && data !== null) net.publish(owner.slice(0, -1), { SRV: [data.slice(0, -1)] });
        await net.homeserver("example.org", {
          host: "hs.example.net",
          port: 8449,
          overridden: true,
          tls: await net.issuer.issue({ names: ["example.org"] }),
        });
      },
    ],
  ];
  for (const [title, planned, setUp] of carriedOut) {
    test(`pass when the plan is carried out: ${title}`, async () => {
      const net = await startNetwork();
      try {
        // The base domain's web site is there already.
        if (planned.files.length === 0) await net.web("example.org");
        await setUp(net, planned);
        const lab = net.options({ timeoutMs: 5000 });
        const { names, options: given } = read(planned.verify[0]!.command);
        // The lab's own address and port in place of those of the documentation.
        const connectTo = given.connectTo
          .map((entry) => entry.split(":").slice(0, 2).join(":"))
          .flatMap((from) => lab.connectTo?.filter((entry) => entry.startsWith(`${from}:`)) ?? []);
        assert.ok(connectTo.length > 0);
        const others = lab.connectTo?.filter((entry) => planned.files.length === 0 && entry.startsWith("example.org:443:")) ?? [];
        const [file] = planned.files;
        const wellKnownFile = given.wellKnownFile === "/dev/stdin" ? { file: "stdin", body: file?.body ?? "" } : null;
        const report = await check(names[0]!, { ...lab, wellKnownFile, connectTo: [...connectTo, ...others] });
        assert.equal(report.verdict, "pass", JSON.stringify(report.findings, null, 1));
      } finally {
        await net.close();
      }
    });
  }
});
