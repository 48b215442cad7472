import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chalk } from "chalk";
import type { Facts } from "../../src/facts/facts.ts";
import type { Report } from "../../src/facts/output.ts";
import { displayWidth } from "../../src/report/harmless.ts";
import { renderPretty, renderPrettyOfSeveral, renderPrettySummaryLine, renderTotals, type PrettyOptions } from "../../src/report/pretty.ts";
import { ATTACKS, example, finding, healthy, hostile, inconclusive } from "./sample.ts";
import { keepsTo } from "./widths.ts";

function options(more: Partial<PrettyOptions> = {}): PrettyOptions {
  return { chalk: new Chalk({ level: 0 }), width: 80, verbose: false, quiet: false, unicode: true, ...more };
}

const withFindings = (...findings: Report["findings"]): Report => ({ ...example(), findings });
/** Text without chalk's colours. */
const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, "");

describe("renderPretty", () => {
  test("the example of the documentation", () => {
    assert.equal(
      renderPretty(example(), options()),
      `example.com
  ✔ name         valid server name
  ✔ well-known   m.server = "matrix.example.com" (200, kept for 24 h)      84 ms
  ✔ srv          _matrix-fed._tcp → hs1.host.example:8448                  15 ms
  ✔ address      192.0.2.10, 2001:db8::10                                  12 ms
  ✔ connect      2 of 2 addresses                                          31 ms
  ✖ tls          certificate not valid for matrix.example.com             121 ms
  ✔ federation   Synapse 1.152.0                                           48 ms
  ✔ keys         ed25519:a_Xy12, valid until 2026-11-30                    51 ms

✖ error  tls/name-is-srv-target          192.0.2.10:8448, [2001:db8::10]:8448
  The certificate covers hs1.host.example, the SRV target, but not
  matrix.example.com, which is the name that homeservers check.
  Fix     1. Issue a certificate that covers matrix.example.com, or
          2. serve {"m.server": "hs1.host.example:8448"} instead of using SRV.
  More    matrix-delegation-check explain tls/name-is-srv-target

FAIL  example.com  1 error, 0 warnings                                    0.26 s
`,
    );
  });

  test("without Unicode nothing but ASCII, and the words stay", () => {
    const text = renderPretty({ ...example(), summary: "Grüße" }, options({ unicode: false, verbose: true }));
    assert.doesNotMatch(text, /[^\n\x20-\x7e]/);
    assert.match(text, /^ {2}\+ srv {10}_matrix-fed\._tcp -> hs1/m);
    assert.match(text, /^ {2}x tls /m);
    assert.match(text, /^x error {2}tls\/name-is-srv-target/m);
  });

  test("a skipped step says why; one without a detail says what it is", () => {
    const report = healthy();
    report.steps[2] = { id: "srv", status: "skip", detail: "not needed: m.server has a port", durationMs: 0 };
    report.steps[3] = { id: "address", status: "unknown", detail: "", durationMs: 0.2 };
    const text = renderPretty(report, options());
    assert.match(text, /^ {2}– srv {10}not needed: m\.server has a port$/m);
    assert.match(text, /^ {2}\? address {6}not known$/m);
  });

  test("a long detail goes on under itself, the duration stays at its first line", () => {
    const report = healthy();
    report.steps[3] = {
      id: "address",
      status: "pass",
      detail: Array.from({ length: 6 }, (_, i) => `2001:db8::${i}`).join(", "),
      durationMs: 1234,
    };
    const lines = renderPretty(report, options()).split("\n");
    const at = lines.findIndex((line) => line.includes("address"));
    assert.match(lines[at]!, /^ {2}✔ address {6}2001:db8::0, .* {2,}1\.23 s$/);
    assert.equal(displayWidth(lines[at]!), 80);
    assert.match(lines[at + 1]!, /^ {17}2001:db8::/);
  });

  test("one fix has no number; no fix has no line", () => {
    const text = renderPretty(withFindings(finding("a/b", { fix: ["Do it."] }), finding("a/c")), options());
    assert.match(text, /^ {2}Fix {5}Do it\.$/m);
    assert.equal(text.match(/Fix/g)?.length, 1);
  });

  test("a fix of several lines keeps its lines and their indent", () => {
    const fix = "In nginx:\nlocation /_matrix {\n    proxy_pass http://127.0.0.1:8008;\n}";
    const text = renderPretty(withFindings(finding("a/b", { fix: [fix] })), options());
    assert.ok(
      text.includes("\n  Fix     In nginx:\n\n    location /_matrix {\n        proxy_pass http://127.0.0.1:8008;\n    }\n\n  More"),
      text,
    );
  });

  test("what is to be pasted is never wrapped, and keeps its tabs; prose may follow it", () => {
    const record = `_matrix-fed._tcp.${"long-label.".repeat(9)}example.com.  IN SRV  10 0 8448 hs.example.com.`;
    const fix = `In the zone, instead of all others of that name and type that are there:\n${record}\n\tx\n\nThen:\nnginx -s reload`;
    for (const width of [40, 80, 200]) {
      const lines = renderPretty(withFindings(finding("a/b", { fix: ["Do it.", fix] })), options({ width })).split("\n");
      for (const line of [record, "\tx", "nginx -s reload"]) assert.ok(lines.includes(`    ${line}`), `${line} at ${width} columns`);
      assert.ok(lines.some((line) => line.trim() === "Then:"));
    }
  });

  test("the command that shows the page, URLs and JSON are never broken, whatever the width", () => {
    const url = "https://matrix.example.org/.well-known/matrix/server";
    const value = '{"m.server": "hs1.hosting.example:8448"}';
    const said = finding("well-known/invalid-m-server", {
      where: [url],
      detail: `At ${url}, there is ${value}.`,
      fix: [`Publish ${value} there.`],
    });
    const report = withFindings(said);
    report.steps[1] = { id: "well-known", status: "fail", detail: `no JSON at ${url} (200)`, durationMs: 84 };
    for (const width of [40, 50, 68, 69, 80]) {
      for (const verbose of [true, false]) {
        const lines = renderPretty(report, options({ width, verbose })).split("\n");
        assert.ok(lines.some((line) => line.endsWith("matrix-delegation-check explain well-known/invalid-m-server")));
        for (const whole of [url, `${url},`, `${value}.`, value])
          assert.ok(
            lines.some((line) => line.includes(whole)),
            whole,
          );
        // As a place, in what was seen, and at its step.
        assert.ok(lines.filter((line) => line.includes(url)).length >= 3, lines.join("\n"));
      }
    }
  });

  test("many places are cut", () => {
    const where = Array.from({ length: 9 }, (_, i) => `192.0.2.${i}:8448`);
    assert.match(renderPretty(withFindings(finding("a/b", { where })), options()), /^✖ error {2}a\/b {29}192\.0\.2\.0:8448 and 8 more$/m);
    const all = renderPretty(withFindings(finding("a/b", { where })), options({ verbose: true }));
    for (const place of where) assert.ok(all.includes(place), place);
  });

  test("places that don't fit beside the code stand under it", () => {
    const url = "https://example.com/.well-known/matrix/server";
    const text = renderPretty(withFindings(finding("well-known/redirect-insecure", { where: [url] })), options());
    assert.match(text, new RegExp(`^✖ error  well-known/redirect-insecure\\n  ${url}\\n  Detail`, "m"));
  });

  test("consequences are folded under their root cause, through chains", () => {
    const text = renderPretty(
      withFindings(
        finding("well-known/tls", { step: "well-known" }),
        finding("connect/refused", { where: ["192.0.2.1:8448", "192.0.2.2:8448", "192.0.2.3:8448"], causedBy: "well-known/tls" }),
        finding("federation/timeout", { causedBy: "connect/refused" }),
      ),
      options(),
    );
    assert.match(text, /^ {2}↳ also: connect\/refused at 192\.0\.2\.1:8448, 192\.0\.2\.2:8448 and 1 more,\n {10}federation\/timeout$/m);
    assert.doesNotMatch(text, /error {2}connect/);
    assert.match(text, /^FAIL {2}example\.com {2}1 error, 2 that follow from it/m);
  });

  test("verbose: consequences in full", () => {
    const text = renderPretty(
      withFindings(
        finding("well-known/tls"),
        finding("connect/refused", { causedBy: "well-known/tls", affects: ["Synapse", "Conduit"], spec: "https://spec.matrix.org/" }),
      ),
      options({ verbose: true }),
    );
    assert.match(text, /^ {2}↳ ✖ error {2}connect\/refused\n {6}Title of connect\/refused\n {6}Detail/m);
    assert.match(text, /^ {6}Affects Synapse, Conduit\n {6}Source {2}https:\/\/spec\.matrix\.org\/$/m);
  });

  const roots: [what: string, causes: [string, string | null][]][] = [
    ["a cause that isn't there", [["a/b", "gone/away"]]],
    ["a cause that is itself", [["a/b", "a/b"]]],
    [
      "a circle",
      [
        ["a/b", "c/d"],
        ["c/d", "a/b"],
      ],
    ],
    [
      "a circle further on",
      [
        ["e/f", "a/b"],
        ["a/b", "c/d"],
        ["c/d", "a/b"],
      ],
    ],
  ];
  for (const [what, causes] of roots) {
    test(`${what} hides no finding`, () => {
      const text = renderPretty(withFindings(...causes.map(([code, causedBy]) => finding(code, { causedBy }))), options());
      for (const [code] of causes) assert.ok(text.includes(code), text);
      assert.match(text, /^✖ error/m);
    });
  }

  test("infos are a line each, after the others; in full when verbose", () => {
    const report = withFindings(
      finding("srv/not-recommended", { severity: "info", detail: "Short.", fix: ["Do it."] }),
      finding("dns/long-ttl", { severity: "info", detail: "Very long. ".repeat(20), fix: ["Lower it."] }),
      finding("tls/expiring", { severity: "warning" }),
    );
    const text = renderPretty(report, options());
    assert.match(
      text,
      /explain tls\/expiring\n\ni info {2}srv\/not-recommended {2}Short\.\ni info {2}dns\/long-ttl {2}Title of dns\/long-ttl\n\nFAIL/,
    );
    assert.match(text, /^! warning {2}tls\/expiring$/m);
    assert.match(renderPretty(report, options({ verbose: true })), /Fix {5}Lower it\./);
  });

  test("inconclusive: the summary instead of counts", () => {
    assert.match(renderPretty(inconclusive(), options()), /^INCONCLUSIVE {2}example\.com {2}No resolver gives an answer\. +0\.26 s$/m);
  });

  test("quiet: the verdict line only", () => {
    const text = renderPretty(example(), options({ quiet: true }));
    assert.match(text, /^FAIL {2}example\.com {2}1 error, 0 warnings: tls\/name-is-srv-target +0\.26 s\n$/);
  });

  test("verbose shows what else was asked because something failed, and hostile answers stay harmless", () => {
    const response = {
      status: "done" as const,
      ms: 12,
      value: {
        status: 400,
        headers: { "content-type": "text/html" },
        bodyBytes: 90,
        truncated: false,
        excerpt: "Your browser\x1b[31m sent",
        matrixError: null,
      },
    };
    const clues: Facts["clues"] = {
      homeservers: {
        tried: ["example.com:443", "matrix.example.com:443"],
        found: [
          {
            host: "matrix.example.com",
            address: "192.0.2.10",
            port: 443,
            targetPort: 443,
            server: { name: "Synapse", version: "1.152.0" },
            keysName: "example.com",
            certificateGood: true,
          },
        ],
      },
      wellKnowns: { tried: ["matrix.example.com"], found: [] },
      browser: { url: "https://example.com/.well-known/matrix/server", response, readable: false },
      srvHost: [{ place: "192.0.2.10:8448", host: "hs1.example.com", response, isHomeserver: false }],
      keysName: { name: "other.example", places: ["192.0.2.10:8448"], leadsHere: true },
      issuers: [{ url: "http://r10.i.lencr.org/", subject: null }],
      proxies: [{ place: "192.0.2.10:8448", scheme: "https", path: "/which/\u00c3\u00a9#", response }],
    };
    const text = renderPretty({ ...example(), facts: { ...example().facts, clues } }, options({ verbose: true, width: 120 }));
    assert.ok(!text.includes("\x1b"));
    for (const line of [
      /^Clues$/m,
      /found {9}Synapse 1\.152\.0 at matrix\.example\.com:443 \(192\.0\.2\.10\), keys of example\.com, good certificate$/m,
      /found {9}none$/m,
      /as a browser$/m,
      /with another Host, hs1\.example\.com$/m,
      /places {8}192\.0\.2\.10:8448, the same$/m,
      /subject {7}no certificate came$/m,
      /^ {2}https:\/\/192\.0\.2\.10:8448\/which\/é#, to see which proxy answers$/m,
      /^ {4}answer {8}400, 90 bytes, 12 ms$/m,
    ])
      assert.match(text, line);
    assert.doesNotMatch(renderPretty(healthy(), options({ verbose: true })), /^Clues$/m);
  });

  test("verbose shows the evidence", () => {
    const text = renderPretty(healthy(), options({ verbose: true }));
    const shown = [
      'spec step     3.3 of "Resolving server names", via srv',
      "Host          matrix.example.com",
      "SNI           matrix.example.com",
      "delegated     matrix.example.com (m.server)",
      "_matrix-fed._tcp, priority 10, weight 5",
      "Well-known\n  https://example.com/.well-known/matrix/server\n    from ",
      "content-type: application/json",
      'm.server      "matrix.example.com"',
      "_matrix-fed._tcp.matrix.example.com SRV",
      "NOERROR from 192.0.2.53:53 over udp, AD, 12 ms",
      "2001:db8::10, TTL 300 s",
      "hs1.host.example → real.host.example, TTL 60 s",
      "[2001:db8::10]:8448  ok",
      "TLSv1.3, TLS_AES_256_GCM_SHA384",
      "CN=R11, O=Let's Encrypt, C=US",
      "2026-09-01 00:00 UTC to 2026-11-30 00:00 UTC",
      "ab".repeat(32),
      "2 certificates, leads to CN=ISRG Root X1",
      "Synapse 1.152.0",
      "ed25519:a_Xy12, signature valid",
      "ed25519:old",
      "2026-11-30T12:00:00.000Z",
      "After a green result",
      "Back-off on other servers",
    ];
    for (const part of shown) assert.ok(text.includes(part), `${part}\n${text}`);
    assert.doesNotMatch(renderPretty(example(), options({ verbose: true })), /After a green result/);
  });

  test("verbose shows what failed, was skipped or untested", () => {
    const text = renderPretty(inconclusive(), options({ verbose: true }));
    assert.match(text, /untested: this machine's resolver gave no answer/);
    assert.match(text, /failed: timeout, no answer in 10 s, 10\.00 s/);
    assert.match(text, /none: nothing could be decided/);
  });

  test("verbose: what was the same for several stands once, and no columns run together", () => {
    const { facts, ...rest } = healthy();
    const cache = (whom: string, what = "well-known"): NonNullable<Report["caches"]>[number] => ({
      what,
      name: "https://example.com/.well-known/matrix/server",
      seconds: [3600, 3600],
      until: "2026-10-01T13:00:00.000Z",
      whom,
      note: "by the headers",
    });
    const text = renderPretty(
      { ...rest, facts, caches: [cache("Synapse"), cache("Conduit"), cache("resolvers", "no AAAA record")] },
      options({ verbose: true }),
    );
    const [, caches = ""] = text.split("\nCaches\n");
    assert.ok(
      caches.startsWith(`  Who goes on using what is published now, if it is changed at this moment:
  well-known at https://example.com/.well-known/matrix/server
    Synapse, Conduit: 60 min, until 2026-10-01 13:00 UTC (by the headers)
  no AAAA record of https://example.com/.well-known/matrix/server
    resolvers: 60 min, until 2026-10-01 13:00 UTC (by the headers)
`),
      caches,
    );
    // Both addresses of the example present one certificate.
    assert.match(text, /certificate {3}the same as at 192\.0\.2\.10:8448$/m);
  });

  test("colour changes nothing but the colour", () => {
    for (const report of [example(), healthy(), inconclusive()]) {
      for (const verbose of [true, false]) {
        const coloured = renderPretty(report, options({ chalk: new Chalk({ level: 1 }), verbose }));
        assert.match(coloured, /\x1b\[3[1256]m/);
        assert.equal(plain(coloured), renderPretty(report, options({ verbose })));
        // A line can be cut out of a log without colouring what follows.
        for (const line of coloured.split("\n")) {
          assert.equal((line.match(/\x1b\[(?!39m|22m)[0-9]+m/g) ?? []).length, (line.match(/\x1b\[(39|22)m/g) ?? []).length, line);
        }
      }
    }
    assert.doesNotMatch(renderPretty(example(), options()), /\x1b/);
  });
});

describe("several names", () => {
  const lines: [report: Report, line: RegExp][] = [
    [healthy(), /^PASS {2}example\.com {2}Homeservers reach Synapse 1\.152\.0 at hs1\.host\.ex.*… {2}0\.26 s\n$/],
    [example(), /^FAIL {2}example\.com {2}1 error, 0 warnings: tls\/name-is-srv-target +0\.26 s\n$/],
    [inconclusive(), /^INCONCLUSIVE {2}example\.com {2}No resolver gives an answer\. +0\.26 s\n$/],
  ];
  for (const [report, line] of lines) test(report.verdict, () => assert.match(renderPrettySummaryLine(report, options()), line));

  test("details only for those that didn't pass, and never with quiet", () => {
    assert.equal(renderPrettyOfSeveral(healthy(), options()), renderPrettySummaryLine(healthy(), options()));
    assert.match(renderPrettyOfSeveral(example(), options()), /^FAIL.*\n {2}✔ name [\s\S]*explain tls\/name-is-srv-target\n\n$/);
    assert.equal(renderPrettyOfSeveral(example(), options({ quiet: true })), renderPrettySummaryLine(example(), options()));
  });

  test("one line even for the longest name", () => {
    const text = renderPrettySummaryLine({ ...example(), serverName: `${"a".repeat(60)}.example.com` }, options());
    assert.match(text, /^FAIL {2}a{60}\.example\.com\n? +0\.26 s\n$/);
  });

  const resolved = (report: Report): Report => ({
    ...report,
    facts: { ...report.facts, settings: { ...report.facts.settings, probe: false } },
  });
  const said = "hs1.host.example:8448  Host matrix.example.com  SNI matrix.example.com  spec step 3.3 (srv)";

  test("resolve: where homeservers connect, whole and on one line however narrow the terminal is", () => {
    for (const width of [40, 80, 132]) {
      const line = `PASS  example.com  target ${said}  0.26 s\n`;
      assert.equal(renderPrettyOfSeveral(resolved(healthy()), options({ width })).replace(/ {2,}(?=0\.26)/, "  "), line);
      assert.equal(renderPretty(resolved(healthy()), options({ width, quiet: true })).replace(/ {2,}(?=0\.26)/, "  "), line);
    }
    assert.equal(
      renderPrettySummaryLine(resolved(example()), options()),
      `FAIL  example.com  target ${said}  1 error, 0 warnings: tls/name-is-srv-target  0.26 s\n`,
    );
  });

  test("resolve: all targets; an address has no SNI; a name that leads nowhere says so", () => {
    const report = resolved(healthy());
    const { route } = report;
    assert.ok(route !== null);
    const [target] = route.targets;
    const targets = Array.from({ length: 20 }, (_, at) => ({ ...target!, host: `hs${at}.host.example`, port: 8448 }));
    const many = renderPrettySummaryLine({ ...report, route: { ...route, targets } }, options());
    for (const { host } of targets) assert.ok(many.includes(`${host}:8448`), many);
    const literal = { ...route, via: "ip-literal", specStep: "1", hostHeader: "[2001:db8::1]", tlsName: "2001:db8::1" } as const;
    const address = { ...literal, targets: [{ ...target!, host: "2001:db8::1", port: 8448 }] };
    assert.match(
      renderPrettySummaryLine({ ...report, route: address }, options()),
      / target \[2001:db8::1\]:8448 {2}Host \[2001:db8::1\] {2}SNI none {2}spec step 1 \(ip-literal\) /,
    );
    assert.match(
      renderPrettySummaryLine({ ...report, route: { ...route, targets: [] } }, options()),
      /^PASS {2}example\.com {2}no target {2}Host/,
    );
    assert.match(
      renderPrettySummaryLine(resolved(inconclusive()), options()),
      /^INCONCLUSIVE {2}example\.com {2}No resolver gives an answer\. +0/,
    );
  });

  test("totals", () => {
    assert.match(
      renderTotals({ pass: 9, warn: 0, fail: 2, inconclusive: 1 }, 12_345, options()),
      /^12 names {2}9 pass, 0 warn, 2 fail, 1 inconclusive +12\.35 s\n$/,
    );
    assert.match(renderTotals({ pass: 1, warn: 0, fail: 0, inconclusive: 0 }, 1, options()), /^1 name {2}1 pass/);
  });
});

describe("hostile strings", () => {
  for (const attack of ATTACKS) {
    test(JSON.stringify(attack).slice(0, 60), () => {
      for (const report of [hostile(attack), hostile(attack, healthy()), hostile(attack, inconclusive())]) {
        for (const [level, unicode] of [
          [0, true],
          [1, true],
          [0, false],
        ] as const) {
          for (const verbose of [true, false]) {
            for (const width of [0, 40, 80, 132]) {
              const given = options({ chalk: new Chalk({ level }), unicode, verbose, width });
              const texts = [
                renderPretty(report, given),
                renderPrettyOfSeveral(report, given),
                renderPretty(report, { ...given, quiet: true }),
              ];
              for (const text of texts) check(text, Math.max(40, width), level);
            }
          }
        }
      }
    });
  }

  function check(text: string, width: number, level: number): void {
    const shown = level === 0 ? text : plain(text);
    assert.doesNotMatch(shown, /[^\P{C}\n]|[\u2028\u2029]/u);
    for (const line of shown.split("\n")) assert.ok(keepsTo(width, line), `${displayWidth(line)}: ${line}`);
    assert.ok(text.endsWith("\n"));
    assert.doesNotMatch(shown, /^PASS {2}example\.com/m);
  }
});

test("thousands of places and addresses don't make it slow or long", () => {
  const report = withFindings(finding("a/b", { where: Array.from({ length: 20_000 }, (_, i) => `${i}`), detail: "word ".repeat(100_000) }));
  const text = renderPretty(report, options());
  assert.match(text, /^✖ error {2}a\/b +0, 1, 2, 3, 4, 5, 6, 7 and 19992 more$/m);
  assert.ok(text.length < 10_000, `${text.length}`);
});
