/** A step's line shows evidence, in every state: what was seen, and where; never a finding's title. Over everything that is recorded. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chalk } from "chalk";
import { renderPretty } from "../../src/report/pretty.ts";
import { shownSteps } from "../../src/report/shown-steps.ts";
import { seenIn } from "../../src/report/seen.ts";
import { several } from "../../src/report/step-evidence.ts";
import { rules } from "../../src/rules/registry.ts";
import { judgedAgain, reportOf } from "../recorded/recorded.ts";
import { keepsTo } from "./widths.ts";

const all = await judgedAgain();

/** The lab's ports are other ones with every recording. */
const withoutPorts = (text: string): string => text.replace(/:\d{5}\b|port \d{5}\b/g, (at) => at.replace(/\d{5}/, "PORT"));

// The beginning of the scenario's title, the step, its status and detail.
const ROWS: [title: string, step: string, line: string][] = [
  ["healthy", "name", "pass: valid server name"],
  ["healthy", "connect", "pass: 1 of 1 address, port PORT"],
  ["healthy", "federation", "pass: Synapse 1.152.0"],
  ["refused: on every address", "connect", "fail: 127.0.0.1:PORT, 127.0.0.2:PORT and [::1]:PORT refuse"],
  ["refused: on every address", "tls", "skip: blocked: no connection"],
  ["timeout: the homeserver's port is filtered", "connect", "fail: 127.0.0.1:PORT gives no answer"],
  ["timeout on one address, refused on the other", "connect", "fail: 127.0.0.1:PORT gives no answer; 127.0.0.2:PORT refuses"],
  ["ipv6-down: refused on IPv6", "connect", "warn: 1 of 2 addresses connects; [::1]:PORT refuses"],
  ["first-target-down: refused, the second works", "srv", "fail: a.example.net:8448 fails, b.example.net:8448 works"],
  [
    "first-target-down: its certificate is for the target only",
    "tls",
    "fail: 127.0.0.1:PORT: certificate covers a.example.net, the SRV target, but not example.org; the other address: TLSv1.3, certificate valid for 89 more days",
  ],
  ["none: m.server's host doesn't exist", "address", "fail: name matrix.exmaple.org doesn't exist in DNS (NXDOMAIN)"],
  ["none: m.server's host doesn't exist", "connect", "skip: blocked: no address to connect to"],
  ["lookup-failed: SERVFAIL for AAAA only", "address", "warn: 127.0.0.1; lookup of AAAA of matrix.example.org: SERVFAIL"],
  ["lookup-failed: SERVFAIL for both", "address", "fail: lookup of A and AAAA of matrix.example.org: SERVFAIL"],
  ["lookup-failed: of the base domain, while SRV works", "well-known", "unknown: the address lookup of example.org failed"],
  ["lookup-failed: SERVFAIL for _matrix-fed", "srv", "fail: SRV lookup of _matrix-fed._tcp.example.org: SERVFAIL"],
  ["wrong-service: _matrix._udp", "srv", "warn: _matrix._udp.example.org leads to hs.example.net:8448; there is no _matrix-fed._tcp"],
  [
    "well-known/redirect-loop: port 8448 works",
    "well-known",
    "warn: redirects to https://example.org/.well-known/matrix/server, without end",
  ],
  [
    "well-known/redirect-lost: 8448 is closed",
    "well-known",
    "fail: redirects to https://example.org/, where the answer is 404, and the path of the file is lost",
  ],
  [
    "well-known/tls: the certificate of a redirect's host is bad",
    "well-known",
    "warn: https://www.example.org/m: the certificate is for example.org, not for www.example.org",
  ],
  [
    "well-known/split: a 404 on the second address",
    "well-known",
    'fail: m.server = "matrix.example.org:443" (200, kept for 24 h); [::1]:PORT answers 404',
  ],
  [
    "well-known/points-to-self",
    "well-known",
    'fail: m.server = "example.org:443" (200, kept for 24 h); a website answers /_matrix there (status 404), not a homeserver',
  ],
  ["tls/expired", "federation", "pass: Synapse 1.152.0 (once the certificate is fixed)"],
  ["tls/name-mismatch", "tls", "fail: certificate isn't valid for matrix.example.org"],
  [
    "tls/differs and a fault on one address only",
    "tls",
    "fail: [::1]:PORT: certificate expired on 2026-11-25, 3 days ago; the other address: TLSv1.3, certificate valid for 89 more days",
  ],
  ["federation/upstream-down", "federation", "fail: proxy answers with status 502"],
  ["federation/upstream-down", "keys", "skip: blocked: the federation API isn't reached"],
  [
    "federation/http-status: 421",
    "federation",
    'fail: the version request gets status 421 and a body that starts with "<html><title>Welcome to nginx!</title></html>"',
  ],
  ["keys/server-name-mismatch: a related name", "keys", 'fail: signing keys are those of "example.org", not of new.example.org'],
  [
    "not-registered: no such top-level domain",
    "name",
    "fail: example.con doesn't exist in DNS (NXDOMAIN), and con isn't a top-level domain",
  ],
  ["resolver-unreachable: nothing listens there", "connect", "unknown: not tried: no route could be found from this machine"],
  ["nameservers-disagree: one still has the old address", "dns", "fail: nameservers of example.org disagree"],
  [
    "dnssec-bogus: the addresses of the target",
    "dns",
    "fail: 127.0.0.1:PORT answers SERVFAIL for matrix.example.org, but gives an answer without validation (CD=1)",
  ],
];

describe("the lines of steps", () => {
  for (const [title, id, line] of ROWS) {
    test(`${title}: ${id}`, async () => {
      const report = await reportOf(title);
      const step = shownSteps(report).find((each) => each.id === id) ?? assert.fail("no such row");
      // Certificates of the lab end so many days after the recording, whenever that was.
      const masked = (text: string): string =>
        withoutPorts(text)
          .replace(/\d{4}-\d\d-\d\d/g, "DATE")
          .replace(/\b\d+ more days/, "N more days");
      assert.equal(masked(`${step.status}: ${step.detail}`), masked(line));
    });
  }

  test("where it is stands once, and is no clause of what was seen", () => {
    const said = (where: string, detail: string): string => seenIn({ title: "Title", where: [where], detail }, "https://example.org/file");
    const long = "The line can't be read, and that is so whatever stands behind it on this line of the file that is given; it is left out.";
    const noSoa = "The zone example.org has no SOA record; the exports of some providers have none. Nameservers don't load it.";
    const [first, second] = [said("db.example:1", `db.example:1: ${long}`), said("db.example:1", `db.example:1: ${noSoa}`)];
    assert.match(first, /^db\.example:1: line can't be read/);
    assert.equal(
      several([first, second, "x"]),
      `${first}; zone example.org has no SOA record; the exports of some providers have none; and 1 more`,
    );
    assert.match(several([first, said("db.example:2", `db.example:2: ${noSoa}`)]), /; db\.example:2: zone example\.org has no SOA/);
    assert.equal(said("https://example.org/file", "https://example.org/file: the body is empty. No more."), "the body is empty");
  });

  test("no line is a finding's title, and none is longer than a few lines of a terminal", () => {
    const titles = new Set(rules.map(({ title }) => title));
    for (const { title, report } of all) {
      for (const { id, detail } of shownSteps(report)) {
        assert.ok(!titles.has(detail), `${title}: ${id}: ${detail}`);
        assert.ok(detail !== "" && detail.length <= 250, `${title}: ${id}: ${detail}`);
      }
    }
  });

  for (const width of [40, 57, 80, 100]) {
    test(`${width} columns: every line fits, and what stands in brackets stays together`, () => {
      for (const { title, report } of all) {
        const text = renderPretty(report, { chalk: new Chalk({ level: 0 }), width, verbose: false, quiet: false, unicode: true });
        const [steps = ""] = text.split("\n\n");
        for (const line of steps.split("\n")) assert.ok(keepsTo(width, line), `${title}: ${line}`);
        for (const { detail } of shownSteps(report)) {
          for (const [brackets] of detail.matchAll(/\((?:200, kept|once the)[^()]*\)/g))
            assert.ok(steps.includes(brackets), `${title}\n${steps}`);
        }
      }
    });
  }
});
