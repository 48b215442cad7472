/** `plan`: the printed text can be copied from, the JSON is the plan, and mistakes get one line. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Plan } from "../../src/advice/plan-shape.ts";
import { SERVE_WITH } from "../../src/advice/well-known.ts";
import { fakeEngine, stage, terminal } from "./stage.ts";

const DELEGATIONS = [
  "--to matrix.example.com:443",
  "--to matrix.example.com",
  "--to example.com:443",
  "--to example.com:8448",
  "--to hs.example.net:8448 --srv",
  "--to [2001:db8::1]:8448",
];

async function printed(line: string): Promise<string> {
  const { code, stdout, stderr } = await stage(`plan example.com ${line} --offline`.split(" "));
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

async function planned(line: string): Promise<Plan> {
  return JSON.parse(await printed(`${line} --json`)) as Plan;
}

describe("the text", () => {
  for (const delegation of DELEGATIONS) {
    for (const using of [
      "",
      ...SERVE_WITH.filter((kind) => !delegation.includes("--srv") || (kind !== "static" && kind !== "synapse")).map(
        (kind) => ` --with ${kind}`,
      ),
    ]) {
      test(`${delegation}${using}`, async () => {
        const [text, plan] = await Promise.all([printed(delegation + using), planned(delegation + using)]);
        const lines = text.split("\n");
        assert.equal(lines.pop(), "");
        // What is to be copied stands there as it is, as in the reports, between empty lines; all else keeps to the width.
        const copied = plan.steps.flatMap(({ parts }) => parts).flatMap((part) => (part.lines.length === 0 ? [] : [part.lines]));
        const shown = copied.map((block) => block.map((line) => `    ${line}`));
        for (const block of shown) assert.ok(text.includes(`\n\n${block.join("\n")}\n`), block.join("\n"));
        for (const { command } of plan.verify)
          assert.ok(
            copied.some((block) => block.includes(command)),
            command,
          );
        for (const { line } of plan.dns)
          assert.ok(
            copied.some((block) => block.includes(line)),
            line,
          );
        for (const piece of plan.configuration)
          if (piece.text !== null)
            assert.ok(
              copied.some((block) => block.join("\n") === piece.text),
              piece.text,
            );
        const verbatim = new Set(shown.flat());
        assert.deepEqual(
          lines.filter((line) => line.length > 80 && !verbatim.has(line)),
          [],
        );
        for (const { what } of plan.configuration) assert.ok(lines.join(" ").replace(/\s+/g, " ").includes(what), what);
        for (const note of plan.notes) assert.ok(text.replace(/\s+/g, " ").includes(note), note);
        assert.equal(/With --with nginx/.test(text), using === "");
      });
    }
  }

  test("what is to be copied is the same at every width; prose keeps to it", async () => {
    const copied: string[] = [];
    for (const columns of [40, 80, 100, 300]) {
      const argv = ["plan", "example.com", "--to", "matrix.example.com:443", "--with", "apache", "--offline"];
      const { stdout } = await stage(argv, { stdout: terminal(columns), env: { NO_COLOR: "1" } });
      const blocks = [...stdout.matchAll(/\n\n((?: {4}.*\n)+)(?=\n)/g)].map(([, block]) => block);
      copied.push(blocks.join("\n"));
      const others = stdout.split("\n").filter((line) => !line.startsWith("    "));
      assert.ok(others.every((line) => line.length <= Math.max(80, Math.min(100, columns))));
    }
    assert.equal(new Set(copied).size, 1);
    assert.match(copied[0] ?? "", /^ {4}a2enmod /m);
  });

  test("the whole, once", async () => {
    assert.equal(
      await printed("--to example.com:8448 --with caddy"),
      `example.com

  No delegation is needed: without any, homeservers connect to example.com:8448
  and expect a certificate for example.com.

  Nothing was looked up (--offline): the steps are for a new server.

1. DNS

   Publish addresses: replace 192.0.2.2 and 2001:db8::2 with those of the
   homeserver. Leave out the AAAA record of a host that has no IPv6:

    example.com.  IN A     192.0.2.2
    example.com.  IN AAAA  2001:db8::2

2. Certificate

   Nothing to do: Caddy gets it by itself once DNS leads to it and ports 80 and
   443 are open to everybody.

3. Configuration of example.com:8448

   In the Caddyfile (replace 127.0.0.1:8008 with your homeserver's address).
   Caddy listens on IPv4 and IPv6 and gets the certificate by itself:

    example.com:8448 {
    	handle /_matrix/* {
    		reverse_proxy 127.0.0.1:8008
    	}
    }

4. Reload

   Check it, and load it:

    caddy validate --config /etc/caddy/Caddyfile
    caddy reload --config /etc/caddy/Caddyfile

5. Try it before it is published

   Before anybody is led there, this must pass (replace 192.0.2.2 with the
   address of the homeserver):

    npx matrix-delegation-check --connect-to example.com:8448:192.0.2.2:8448 example.com

6. Verify

   As everybody sees it:

    npx matrix-delegation-check example.com

Notes

  - There must be neither a valid file at
    https://example.com/.well-known/matrix/server nor an SRV record
    _matrix-fed._tcp.example.com or _matrix._tcp.example.com: either would win
    over port 8448. To use port 443, which needs no other open port, plan --to
    example.com:443.
`,
    );
  });

  test("colour only for headings, and only where it is wanted", async () => {
    assert.doesNotMatch(await printed("--to matrix.example.com:443"), /\u001b/);
    assert.match(await printed("--to matrix.example.com:443 --color always"), /^\u001b\[1m/);
    const { stdout } = await stage(["plan", "example.com", "--to", "matrix.example.com:443", "--offline"], { stdout: terminal() });
    for (const line of stdout.split("\n").filter((each) => each.includes("\u001b")))
      assert.match(line, /^\u001b\[1m[A-Z1-9e][^\u001b]*\u001b\[22m$/);
  });
});

test("--json: all parts, whatever is planned", async () => {
  for (const delegation of DELEGATIONS) {
    assert.deepEqual(Object.keys(await planned(delegation)), [
      "serverName",
      "to",
      "via",
      "summary",
      "files",
      "dns",
      "certificates",
      "configuration",
      "verify",
      "notes",
      "steps",
      "present",
    ]);
  }
});

test("--help documents it, with examples that are understood", async () => {
  const { code, stdout } = await stage(["plan", "--help"]);
  assert.equal(code, 0);
  for (const word of ["--to <host[:port]>", "--with <server>", "--srv", "--json", ...SERVE_WITH]) assert.ok(stdout.includes(word), word);
  const examples = [...stdout.matchAll(/^ {2}matrix-delegation-check (plan .*?)(?: \| .*)?$/gm)].map(([, line = ""]) => line);
  assert.ok(examples.length >= 4);
  for (const example of examples) assert.equal((await stage(example.split(" "))).code, 0, example);
  assert.match((await stage(["--help"])).stdout, /plan <server-name> --to <host\[:port\]>[^]*plan example\.com --to/);
});

const REFUSED: [argv: string, line: RegExp][] = [
  ["plan", /^error: missing required argument 'server-name'$/],
  ["plan --to matrix.example.com:443", /^error: missing required argument 'server-name'$/],
  ["plan example.com", /--to <host\[:port\]> is missing.*plan example\.com --to matrix\.example\.com:443 --with nginx$/],
  ["plan example.com:8448", /--to <host\[:port\]> is missing.*plan example\.com:8448 --to example\.com:8448$/],
  ["plan exämple.com --to matrix.example.com", /probably meant: xn--exmple-cua\.com$/],
  ["plan example.com --to", /argument missing$/],
  ["plan example.com --to ", /is invalid\. It is empty\.$/],
  ["plan example.com example.net --to matrix.example.com", /too many arguments/],
  [
    "plan example.com --to https://matrix.example.com/",
    /^error: --to "https:\/\/matrix\.example\.com\/" is not host\[:port\]: This is a URL.*probably meant: --to matrix\.example\.com:443$/,
  ],
  ["plan example.com --to matrix.example.com:8448/", /has no path; probably meant: --to matrix\.example\.com:8448$/],
  ["plan example.com --to matrix.example.com:0", /The port is 0.*probably meant: --to matrix\.example\.com$/],
  ["plan example.com --to matrix.example.com:70000", /The port is 70000; a port is a number from 1 to 65535$/],
  ["plan example.com --to 2001:db8::1", /square brackets.*probably meant: --to \[2001:db8::1\]$/],
  ["plan example.com --to hs_1.example.com:443", /^error: --to "hs_1\.example\.com:443" is not host\[:port\]: There is "_"/],
  ["plan example.com --to matrix.example.com.:443", /ends in a dot.*probably meant: --to matrix\.example\.com:443$/],
  [
    "plan https://example.com --to matrix.example.com:443",
    /^error: "https:\/\/example\.com" is not a server name.*probably meant: example\.com$/,
  ],
  ["plan example.com. --to matrix.example.com:443", /^error: "example\.com\." ends in a dot/],
  ["plan example.com:8448 --to matrix.example.com:443", /^error: example\.com:8448 can't be delegated/],
  ["plan 192.0.2.1 --to matrix.example.com:443", /^error: 192\.0\.2\.1 can't be delegated/],
  ["plan example.com --to 192.0.2.1:8448 --srv", /^error: --srv: an SRV record leads to a host name/],
  ["plan example.com --to hs.example.com --srv --with static", /^error: --srv and --with static exclude each other/],
  ["plan example.com --to hs.example.com --with iis", /Allowed choices are nginx, caddy, apache, haproxy, traefik, synapse, static\.$/],
  [
    "plan example.com --to hs.example.com --timeout 5s -q",
    /^error: plan takes --to, --with, --srv, --offline, --json, --dns-server, .* and --color only: leave out --quiet$/,
  ],
  ["plan example.com --to hs.example.com --wiht nginx", /\(Did you mean --with\?\)$/],
  ["plan example.com --to a\u001b[31mb", /^error: --to "a\\x1b\[31mb" is not host\[:port\]/],
  ["example.com --to hs.example.com", /^error: unknown option '--to'/],
];

for (const [line, expected] of REFUSED) {
  test(`refused: ${JSON.stringify(line)}`, async () => {
    const engine = fakeEngine();
    const { code, stdout, stderr } = await stage(line.split(" "), { engine });
    assert.match(stderr.replace(/\n$/, ""), expected);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1, "exactly one line");
    assert.deepEqual([code, stdout, engine.made], [2, "", []]);
  });
}
