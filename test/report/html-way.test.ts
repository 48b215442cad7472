/** The drawing of the way and the time line in `--format html`, over recorded scenarios. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { htmlStream } from "../../src/report/html.ts";
import { judgedAgain, reportOf } from "../recorded/recorded.ts";
import { whole } from "./attacks.ts";
import { type Element, readHtml, within } from "./readers/html.ts";
import { output } from "./sample.ts";

const read = (...reports: Report[]): Element => readHtml(whole(htmlStream(output().tool, { several: reports.length > 1 }), reports));
const all = (page: Element, name: string, kind?: string): Element[] =>
  [...within(page)].filter((element) => element.name === name && (kind === undefined || element.attributes["class"] === kind));

/** What a screen reader says of the drawing: name and description. */
function alternative(page: Element, kind: "narrow" | "wide"): { title: string; description: string } {
  const [svg] = all(page, "svg:svg", `way ${kind}`);
  assert.ok(svg !== undefined);
  assert.equal(svg.attributes["role"], "img");
  const said = (id: string | undefined): string =>
    [...within(svg)].find(({ attributes }) => attributes["id"] === id)?.text ?? assert.fail("no text");
  return { title: said(svg.attributes["aria-labelledby"]), description: said(svg.attributes["aria-describedby"]) };
}

const BROKEN: [scenario: string, title: string, description: RegExp][] = [
  [
    "well-known/not-found: 8448 is closed",
    "breaks at the well-known",
    /^Breaks at the well-known: well-known\/not-found, .* well-known: fails, .*\(breaks here\)\./,
  ],
  [
    "well-known/not-json: 8448 is closed",
    "breaks at the well-known",
    /^Breaks at the well-known: well-known\/not-json, .* well-known: fails, .*\(breaks here\)\./,
  ],
  ["well-known/timeout: the body stalls, and 8448 is closed", "breaks at the well-known", /^Breaks at the well-known: well-known\/timeout/],
  ["target-malformed: a port", "breaks at SRV", /^Breaks at SRV: srv\/target-malformed, .* SRV: fails, .*\(breaks here\)\./],
  [
    "first-target-down: refused, the second works",
    "breaks at SRV",
    /^Breaks at SRV: .* Target a\.example\.net:8448: fails.* Target b\.example\.net:8448: works/,
  ],
  [
    "tls/expired",
    "breaks at TLS",
    /^Breaks at TLS: tls\/expired, certificate expired .* TLS: fails, certificate expired .* \(breaks here\)\. homeserver: works/,
  ],
  ["tls/name-mismatch", "breaks at TLS", /^Breaks at TLS: tls\/name-mismatch, .* TLS: fails, .*\(breaks here\)\./],
  ["tls/plain-http", "breaks at TLS", /^Breaks at TLS: tls\/plain-http, .*\(breaks here\)\./],
  [
    "federation/upstream-down",
    "breaks at the homeserver",
    /^Breaks at the homeserver: .* TLS: works, .* homeserver: fails, .*502.*\(breaks here\)\./,
  ],
  ["well-known/points-to-self", "breaks at the well-known", /^Breaks at the well-known: .* well-known: fails, .*\(breaks here\)\./],
];

describe("the drawing of the way", () => {
  let pages: { scenario: string; report: Report; page: Element }[] = [];
  before(async () => void (pages = (await judgedAgain()).map(({ title, report }) => ({ scenario: title, report, page: read(report) }))));

  for (const [scenario, title, description] of BROKEN) {
    test(`its words alone name the step that breaks: ${scenario}`, async () => {
      const report = await reportOf(scenario);
      for (const kind of ["narrow", "wide"] as const) {
        const said = alternative(read(report), kind);
        assert.equal(said.title, `The way to ${report.serverName}: ${title}`);
        assert.match(said.description, description);
      }
    });
  }

  test("ways that aren't taken, several addresses, and who gets there", async () => {
    const { title, description } = alternative(read(await reportOf("ipv6-down and some-addresses-down")), "wide");
    assert.match(title, /leads to the homeserver, with warnings$/);
    assert.match(description, /SRV: not taken: m\.server has a port\. port 8448: not taken: m\.server decides\./);
    assert.match(
      description,
      /Address 127\.0\.0\.1:\d+: works\. .* Address \[::1\]:\d+: fails, refuses\. Reached by Synapse, .*Rocket\.Chat/,
    );
  });

  test("it says that the way breaks where the verdict says so, and nowhere else", () => {
    const wrong: string[] = [];
    for (const { scenario, report, page } of pages) {
      const { title } = alternative(page, "narrow");
      assert.equal(title.includes(": breaks at "), report.verdict === "fail", `${scenario}: ${title}`);
      const isBeside = report.findings.every(({ severity, step }) => severity !== "error" || ["dns", "policy", "client"].includes(step));
      const marked = all(page, "svg:g", "box fail breaks").length;
      if (marked > 0 !== (report.verdict === "fail" && !isBeside)) wrong.push(`${scenario}: ${marked} boxes are marked`);
    }
    assert.deepEqual(wrong, []);
  });

  test("what is drawn stays inside, and no text leaves its box", () => {
    for (const { scenario, page } of pages) {
      for (const svg of [...all(page, "svg:svg", "way narrow"), ...all(page, "svg:svg", "way wide")]) {
        const [width, height] = [Number(svg.attributes["width"]), Number(svg.attributes["height"])];
        for (const box of all(svg, "svg:g")) {
          const [rect] = all(box, "svg:rect");
          const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect!.attributes[name])) as [
            number,
            number,
            number,
            number,
          ];
          assert.ok(x >= 0 && y >= 0 && x + w <= width && y + h <= height, `${scenario}: a box of ${x} ${y} ${w} ${h}`);
          for (const text of all(box, "svg:text")) {
            const end = Number(text.attributes["x"]) + text.text.length * 7.25;
            assert.ok(end <= x + w && Number(text.attributes["y"]) <= y + h, `${scenario}: ${text.text}`);
          }
        }
      }
    }
  });
});

describe("the time line", () => {
  test("each operation with what it waited for, and nothing of what wasn't done", async () => {
    const rows = all(read(await reportOf("first-target-down: refused, the second works")), "table", "times").map((table) =>
      all(table, "tr")
        .slice(1)
        .map(({ children: [what, after, time] }) =>
          `${what?.text} | ${after?.text} | ${time?.text.replace(/\d+ ms/, "N")}`.replace(/:\d{5}/g, ":PORT"),
        ),
    );
    const [dns = [], wellKnown, first, second = []] = rows;
    assert.ok(dns.some((row) => row.startsWith("b.example.net AAAA | ")));
    assert.deepEqual(
      wellKnown?.map((row) => row.replace(/N?$/, "")),
      [
        "127.0.0.1:PORT connect | the addresses | ",
        "127.0.0.1:PORT TLS | connect | ",
        "127.0.0.1:PORT GET https://example.org/.well-known/matrix/server | the connection | ",
      ],
    );
    assert.deepEqual(
      first?.map((row) => row.replace(/N?, failed$/, "failed")),
      ["127.0.0.1:PORT connect | the addresses | failed"],
    );
    assert.ok(second.some((row) => row.startsWith("127.0.0.1:PORT version | TLS | ")));
    assert.ok(second.some((row) => row.startsWith("127.0.0.1:PORT keys | a connection of its own | ")));
  });

  /** What the parts with that heading say of each operation: what, after what; then what has no time. */
  function part(page: Element, heading: string): string[] {
    const [times] = all(page, "details", "evidence times");
    const children = times?.children ?? [];
    const begin = children.findIndex(({ name, text }) => name === "h4" && text === heading);
    if (begin < 0) return [];
    const rest = children.slice(begin + 1);
    const end = rest.findIndex(({ name }) => name === "h4");
    return (end < 0 ? rest : rest.slice(0, end)).flatMap((element) =>
      element.name === "table"
        ? all(element, "tr")
            .slice(1)
            .map(({ children: [what, after] }) => `${what?.text} | ${after?.text}`.replace(/:\d{5}/g, ":PORT"))
        : [element.text.replace(/:\d{5}/g, ":PORT")],
    );
  }

  test("what nameservers were asked by themselves, and what clues took", async () => {
    const report = await reportOf("first-target-down: refused, the second works");
    const page = read(report);
    const servers =
      report.facts.authoritative?.status === "done" ? report.facts.authoritative.value.zones.flatMap((zone) => zone.nameservers) : [];
    const asked = servers
      .flatMap(({ soa, answers }) => [soa, ...answers.map(({ outcome }) => outcome)])
      .filter(({ status }) => status === "done" || status === "failed");
    assert.equal(part(page, "Nameservers and resolvers by themselves").length, asked.length);
    const tried = report.facts.clues?.homeservers.tried ?? [];
    const said = part(page, "Further requests, because something failed");
    for (const at of tried) assert.match(said.join("\n"), new RegExp(at.replaceAll(".", "\\.").replace(/:\d{5}/, ":PORT")));
  });

  test("nameservers, clues and clients of made-up evidence: each operation with what it waited for", async () => {
    const report = structuredClone(await reportOf("first-target-down: refused, the second works"));
    const done = <T>(value: T, ms = 10) => ({ status: "done" as const, value, ms });
    const seen = report.facts.targets.flatMap(({ endpoints }) => endpoints).find((each) => each.tls.status === "done")?.tls;
    const session = seen?.status === "done" ? seen.value : assert.fail("no session");
    const connection = {
      address: "192.0.2.7",
      family: 4 as const,
      port: 443,
      tcp: done({ localAddress: "192.0.2.1" }),
      tls: done(session),
    };
    const response = done({ status: 200, headers: {}, bodyBytes: 2, truncated: false, excerpt: "{}", matrixError: null });
    const hop = (url: string) => ({ url, host: new URL(url).hostname, port: 443, connection, response, location: null });
    report.facts.authoritative = done({
      zones: [
        {
          apex: "example.org",
          nameservers: [
            {
              name: "ns1.example.org",
              address: "192.0.2.53",
              port: 53,
              soa: done({ rcode: "NOERROR", authoritative: true, serial: 1 }),
              answers: [
                { name: "example.org", type: "A", outcome: { status: "failed", error: { code: "timeout", message: "no answer" }, ms: 9 } },
              ],
            },
          ],
          withoutAddress: [],
          changing: [],
        },
      ],
      besides: [],
    });
    report.facts.clues = {
      homeservers: { tried: ["matrix.example.org:443"], found: [] },
      wellKnowns: { tried: ["www.example.org"], found: [] },
      browser: { url: "https://example.org/.well-known/matrix/server", response, readable: false },
      srvHost: [],
      otherHosts: [{ place: "192.0.2.7:443", kind: "with-port", host: "example.org:443", response, isHomeserver: false }],
      keysName: null,
      issuers: [],
      plainHttp: [{ place: "192.0.2.7:8448", response }],
    };
    report.facts.client = {
      origin: "https://client.invalid",
      file: {
        url: "https://example.org/.well-known/matrix/client",
        host: "example.org",
        attempts: [
          {
            address: "192.0.2.7",
            family: 4,
            port: 443,
            hops: [hop("https://example.org/.well-known/matrix/client")],
            stopped: null,
            reading: null,
          },
        ],
      },
      support: { url: "https://example.org/.well-known/matrix/support", host: "example.org", attempts: [] },
      api: {
        baseUrl: "https://hs.example.org",
        host: "hs.example.org",
        port: 443,
        endpoints: [
          {
            ...connection,
            versions: done({ response: response.value, versions: ["v1.1"] }),
            preflight: response,
            metadata: done({ response: response.value, issuer: null }),
          },
        ],
      },
      guesses: [{ baseUrl: "https://example.org", isHomeserver: false }],
      issuer: {
        url: "https://auth.example.org/",
        named: "auth_metadata",
        hop: hop("https://auth.example.org/.well-known/openid-configuration"),
      },
      hosts: [],
    };
    const page = read(report);
    assert.deepEqual(part(page, "Nameservers and resolvers by themselves"), [
      "ns1.example.org (192.0.2.53:53) example.org SOA | the zone's nameservers",
      "ns1.example.org (192.0.2.53:53) example.org A | the zone's nameservers",
    ]);
    assert.deepEqual(part(page, "Further requests, because something failed"), [
      "GET https://example.org/.well-known/matrix/server as a browser | the answer that is wrong",
      "192.0.2.7:443 version with Host example.org:443 | the answer that is wrong",
      "192.0.2.7:8448 version without TLS | the handshake",
      "Asked, too, without times in the evidence: matrix.example.org:443 for a homeserver, www.example.org for a well-known.",
    ]);
    assert.deepEqual(part(page, "What clients find"), [
      "192.0.2.7:443 connect | the addresses",
      "192.0.2.7:443 TLS | connect",
      "192.0.2.7:443 GET https://example.org/.well-known/matrix/client | the connection",
      "192.0.2.7:443 connect | the client file",
      "192.0.2.7:443 TLS | connect",
      "192.0.2.7:443 GET https://hs.example.org/_matrix/client/versions | TLS",
      "192.0.2.7:443 OPTIONS /_matrix/client/versions | versions, a connection of its own",
      "192.0.2.7:443 GET /_matrix/client/v1/auth_metadata | versions, a connection of its own",
      "auth.example.org connect | auth_metadata",
      "auth.example.org TLS | connect",
      "auth.example.org GET https://auth.example.org/.well-known/openid-configuration | the connection",
      "Asked, too, without times in the evidence: https://example.org for a client API.",
    ]);
    // A bar begins where what it waited for had ended: the base URL behind the file's three operations, the issuer behind all of it.
    const bars = all(all(page, "details", "evidence times")[0] ?? assert.fail(), "svg:rect").map(({ attributes }) =>
      Number(attributes["x"]),
    );
    assert.deepEqual(bars.slice(-11), [0, 10, 20, 30, 40, 50, 60, 60, 70, 80, 90]);
  });
});
