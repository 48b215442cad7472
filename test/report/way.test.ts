/** The way as a tree, with `-v`: which turns are taken, which aren't, and where it breaks. Over recorded scenarios. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chalk } from "chalk";
import type { Report } from "../../src/facts/output.ts";
import { renderPretty } from "../../src/report/pretty.ts";
import { judgedAgain, reportOf } from "../recorded/recorded.ts";
import { keepsTo } from "./widths.ts";

async function wayOf(title: string, { width = 80, unicode = true } = {}): Promise<string> {
  return shown(await reportOf(title), width, unicode);
}

function shown(report: Report, width: number, unicode = true): string {
  const text = renderPretty(report, { chalk: new Chalk({ level: 0 }), width, verbose: true, quiet: false, unicode });
  const [, way = ""] = /\nThe way\n([^]*?)\n\n/.exec(text) ?? [];
  return way.replace(/:\d{5}\b/g, ":PORT");
}

const ROWS: [title: string, way: string][] = [
  [
    "healthy",
    `  ✔ example.org
  ├─ ✔ well-known  m.server = "matrix.example.org:443" (200, kept for 24 h)
  ├─ – SRV  not taken: m.server has a port
  ├─ – port 8448  not taken: m.server decides
  └─ ✔ matrix.example.org:443  by m.server
     └─ ✔ 127.0.0.1:PORT
        ├─ ✔ TLS  TLSv1.3, certificate of matrix.example.org
        ├─ ✔ homeserver  Synapse 1.152.0
        └─ ✔ keys  ed25519:a_test`,
  ],
  [
    "first-target-down: refused, the second works",
    `  ✔ example.org
  ├─ – well-known  not taken: no file (404)
  ├─ ✖ SRV  a.example.net:8448 fails, b.example.net:8448 works
  ├─ – port 8448  not taken: the SRV record decides
  ├─ ✖ a.example.net:8448  by _matrix-fed._tcp, priority 10
  │  └─ ✖ 127.0.0.1:PORT  refuses
  └─ ✔ b.example.net:8448  by _matrix-fed._tcp, priority 20
     └─ ✔ 127.0.0.1:PORT
        ├─ ✔ TLS  TLSv1.3, certificate of example.org
        ├─ ✔ homeserver  Synapse 1.152.0
        └─ ✔ keys  ed25519:a_test`,
  ],
  [
    "federation/upstream-down",
    `  ✔ example.org
  ├─ ✔ well-known  m.server = "matrix.example.org:443" (200, kept for 24 h)
  ├─ – SRV  not taken: m.server has a port
  ├─ – port 8448  not taken: m.server decides
  └─ ✖ matrix.example.org:443  by m.server
     └─ ✖ 127.0.0.1:PORT
        ├─ ✔ TLS  TLSv1.3, certificate of matrix.example.org
        └─ ✖ homeserver  proxy answers with status 502`,
  ],
];

describe("the way", () => {
  for (const [title, way] of ROWS) test(title, async () => assert.equal(await wayOf(title), way));

  test("a terminal whose locale isn't UTF-8 gets ASCII", async () => {
    const way = await wayOf("ipv6-down and some-addresses-down", { unicode: false });
    assert.doesNotMatch(way, /[^\n\x20-\x7e]/);
    assert.match(way, /^ {2}`- ! matrix\.example\.org:443 {2}by m\.server\n {5}\|- \+ 127\.0\.0\.1:PORT$/m);
    assert.match(way, /^ {5}`- x \[::1\]:PORT {2}refuses$/m);
  });

  for (const width of [40, 80]) {
    test(`${width} columns are kept to`, async () => {
      for (const { title, report } of await judgedAgain()) {
        for (const line of shown(report, width).split("\n")) assert.ok(keepsTo(width, line), `${title}: ${line}`);
      }
    });
  }
});
