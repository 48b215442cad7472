import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { htmlStream } from "../../src/report/html.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { type Element, readHtml, within } from "./readers/html.ts";
import { example, finding, healthy, inconclusive, output } from "./sample.ts";

const render = (reports: readonly Report[], several = reports.length !== 1) => whole(htmlStream(output().tool, { several }), reports);
const read = (...reports: Report[]) => readHtml(render(reports));
const all = (page: Element, name: string, kind?: string) =>
  [...within(page)].filter((element) => element.name === name && (kind === undefined || element.attributes["class"] === kind));
const texts = (elements: Element[]) => elements.map(({ text }) => text.trim());

describe("html", () => {
  test("one name: verdict, steps, finding, fix, evidence; no table of totals", () => {
    const page = read(example());
    assert.deepEqual(texts(all(page, "title")), ["FAIL example.com – Matrix federation check"]);
    assert.deepEqual(texts(all(page, "h2")), ["fail example.com"]);
    assert.deepEqual(texts(all(page, "h3")), ["The way", "Steps", "Findings", "Evidence"]);
    assert.deepEqual(
      all(page, "tr")
        .slice(1)
        .map(({ children }) => texts(children).join("|"))
        .slice(4, 6),
      ["connect|pass|2 of 2 addresses|31 ms", "tls|fail|certificate not valid for matrix.example.com|121 ms"],
    );
    assert.deepEqual(texts(all(all(page, "section", "finding error")[0]!, "h4")), ["error tls/name-is-srv-target"]);
    assert.deepEqual(texts(all(page, "ol")[0]!.children), [
      "Issue a certificate that covers matrix.example.com, or",
      'serve {"m.server": "hs1.host.example:8448"} instead of using SRV.',
    ]);
    assert.deepEqual(texts(all(page, "dd")), [
      "192.0.2.10:8448, [2001:db8::10]:8448",
      "all homeservers",
      "https://spec.matrix.org/v1.16/server-server-api/#resolving-server-names",
      "matrix-delegation-check explain tls/name-is-srv-target",
    ]);
    assert.deepEqual(texts(all(page, "summary")), ["Route", "Well-known", "DNS", "Endpoints", "Time line"]);
    assert.ok(all(page, "details").every(({ attributes }) => attributes["open"] === undefined));
    assert.deepEqual(all(page, "table", "totals"), []);
  });

  test("several names: a table that leads to each, worst first", () => {
    const page = read(healthy(), { ...inconclusive(), serverName: "b.example" }, { ...example(), serverName: "c.example" });
    assert.deepEqual(texts(all(page, "title")), ["Matrix federation check"]);
    const [, ...rows] = all(all(page, "table", "totals")[0]!, "tr");
    assert.deepEqual(
      rows.map((row) => [...texts(row.children), all(row, "a")[0]!.attributes["href"]].join(" | ")),
      [
        "fail | c.example | tls/name-is-srv-target: The certificate covers the SRV target but not the name that counts | #name-3",
        "inconclusive | b.example | No resolver gives an answer. | #name-2",
        "pass | example.com | Homeservers reach Synapse 1.152.0 at hs1.host.example:8448. | #name-1",
      ],
    );
    assert.deepEqual(
      all(page, "section", "report").map(({ attributes, children }) => `${attributes["id"]} ${children[0]?.text}`),
      ["name-1 pass example.com", "name-2 inconclusive b.example", "name-3 fail c.example"],
    );
    const main = all(page, "main")[0]!;
    assert.deepEqual(
      main.children[0]?.children.map(({ attributes }) => attributes["name"] ?? "rest"),
      ["totals", "rest"],
      "the totals are shown first",
    );
    assert.equal(main.children.at(-1)?.attributes["slot"], "totals");
  });

  test("consequences are folded under their root cause", () => {
    const findings = [
      finding("well-known/tls", { step: "well-known" }),
      finding("connect/refused", { causedBy: "well-known/tls" }),
      finding("keys/timeout", { causedBy: "connect/refused", severity: "warning" }),
    ];
    const page = read({ ...example(), findings });
    const [folded] = all(all(page, "section", "finding error")[0]!, "details");
    assert.deepEqual(texts(all(folded!, "summary")), ["Consequences: connect/refused, keys/timeout"]);
    assert.deepEqual(texts(all(folded!, "h5")), ["error connect/refused", "warning keys/timeout"]);
  });

  test("what is to be copied stands by itself, with its lines", () => {
    const fix = ["Put this into the server block:\nlocation /.well-known/ {\n    default_type application/json;\n}"];
    const page = read({ ...example(), findings: [finding("a/b", { fix })] });
    assert.deepEqual(
      all(page, "pre").map(({ text }) => text),
      ["location /.well-known/ {\n    default_type application/json;\n}"],
    );
  });

  test("an address that is no https address is no link", () => {
    for (const spec of ["javascript:alert(1)", "http://spec.example/", "https://user@spec.example/", "//spec.example"]) {
      assert.deepEqual(all(read({ ...example(), findings: [finding("a/b", { spec })] }), "a"), []);
    }
  });

  test("resolve: the route is open, and the steps that were not meant are not there", () => {
    const report = healthy();
    report.facts.settings.probe = false;
    const page = read(report);
    assert.deepEqual(texts(all(all(page, "table", "steps")[0]!, "th")).slice(4), ["name", "well-known", "srv", "address"]);
    const [route] = all(page, "details").filter(({ attributes }) => attributes["open"] !== undefined);
    assert.match(route?.text ?? "", /connects to: 192\.0\.2\.10:8448, \[2001:db8::10\]:8448/);
  });

  test("what no finding says: internal errors, and what remains after a green result", () => {
    assert.deepEqual(texts(all(read({ ...example(), internalErrors: ["tls/x: boom"] }), "li")).slice(2, 3), ["tls/x: boom"]);
    assert.ok(texts(all(read(healthy()), "summary")).includes("After a green result"));
    assert.ok(!texts(all(read(example()), "summary")).includes("After a green result"));
  });

  test("no report at all is a page too", () => assert.deepEqual(texts(all(read(), "h2")), ["No server name was checked"]));

  test("numbers follow the turns, not the arrivals; the page begins with the first turn", () => {
    const stream = htmlStream(output().tool, { several: true });
    const late = stream.report(example());
    assert.match(stream.report(healthy())(), /^<!DOCTYPE html>[^]* id="name-1"/);
    assert.match(late(), /^<section class="report" id="name-2"/);
  });

  test("thousands of names: nothing but table rows is kept, and not all of those", () => {
    const stream = htmlStream(output().tool, { several: true });
    const one = healthy();
    const length = Array.from({ length: 6000 }, () => stream.report(one)().length).at(-1)!;
    assert.ok(length > 5000, "each is written when its turn has come");
    const end = stream.close({ pass: 6000, warn: 0, fail: 0, inconclusive: 0 }, 1);
    assert.equal(end.match(/<tr>/g)?.length, 5001);
    assert.match(end, /Not in the table: 1000 pass\./);
  });

  /** How many there are of each kind that must not depend on what a string says: lines, links and times do. */
  const COUNTED = "section h2 h3 h4 h5 table tr th td details span dt dd svg:svg svg:g svg:rect".split(" ");
  const counts = (page: Element) => {
    const found = new Map(COUNTED.map((kind) => [kind, 0]));
    for (const { name } of within(page)) if (found.has(name)) found.set(name, found.get(name)! + 1);
    return [...found].map(([kind, count]) => `${count} ${kind}`);
  };
  const harmless = counts(readHtml(render(attacked("x"))));
  for (const [name, attack] of named) {
    test(`nothing but text comes from outside: ${name}`, () => {
      const text = render(attacked(attack));
      assert.doesNotMatch(text, HARMFUL);
      assert.deepEqual(counts(readHtml(text)), harmless);
    });
  }
});
