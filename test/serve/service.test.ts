/** The routes, over real sockets: what is answered to whom, and what is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { PUBLIC_SERVICE } from "../../src/facts/policy.ts";
import { trustedProxies } from "../../src/serve/client.ts";
import type { OfficialReport } from "../../src/serve/official.ts";
import { isReport } from "../report/readers/output.ts";
import { readPrometheus } from "../report/readers/prometheus.ts";
import { readPage } from "./page-reader.ts";
import { eventually, onStage, PATIENT, raw, silent, someServers, TOOL } from "./stage.ts";

test("every route, for a healthy and for broken servers", () =>
  onStage({ prepare: someServers }, async ({ ask, json, service, faults }) => {
    for (const [name, ok] of [
      ["example.org", true],
      ["closed.example.org", false],
      ["srv.example.org", false],
    ] as const) {
      for (const path of ["/api/report", "/api/federation/report"]) {
        const { status, type, text, headers } = await ask(`${path}?server_name=${name}`);
        assert.deepEqual([status, type, headers.get("access-control-allow-origin")], [200, "application/json", "*"], path);
        assert.equal((JSON.parse(text) as OfficialReport).FederationOK, ok, name);
      }
      for (const path of ["/api/federation-ok", "/api/federation/federation-ok"]) {
        const { status, type, text } = await ask(`${path}?server_name=${name}`);
        assert.deepEqual([status, type, text], [200, "text/plain; charset=utf-8", ok ? "GOOD" : "BAD"], path);
      }
      const own = await json<Report>(`/api/v1/check?server_name=${name}`);
      assert.ok(isReport(own), JSON.stringify(isReport.errors));
      assert.deepEqual([own.serverName, own.verdict === "pass"], [name, ok]);
      const text = await ask(`/api/v1/check?server_name=${name}&format=text`);
      assert.deepEqual([text.type, text.text], ["text/plain; charset=utf-8", `${own.verdict} ${name}\n`]);
      assert.match((await ask(`/api/v1/check?server_name=${name}&format=markdown`)).text, ok ? /✅ pass/ : /❌ fail/);
      const probe = await ask(`/probe?target=${name}`);
      assert.equal(probe.type, "text/plain; version=0.0.4; charset=utf-8");
      readPrometheus(probe.text);
      assert.match(probe.text, ok ? /^probe_success 1$/m : /^probe_success 0$/m);
      assert.match(probe.text, /^matrix_delegation_inconclusive 0$/m);
      assert.match(probe.text, /^probe_duration_seconds [\d.e-]+$/m);
      assert.match(probe.text, /^probe_ssl_earliest_cert_expiry \d+$/m);
      assert.match(probe.text, new RegExp(`^matrix_delegation_check_verdict\\{server_name="${name}",verdict="${own.verdict}"\\} 1$`, "m"));
      const badge = await json<Record<string, unknown>>(`/badge/${name}.json`);
      assert.deepEqual(
        [badge["schemaVersion"], badge["label"], badge["message"], badge["color"]],
        [1, "matrix federation", ok ? "works" : "broken", ok ? "brightgreen" : "red"],
      );
    }
    assert.equal(service.checks.keptCount, 3, "each was checked once, and kept");
    assert.deepEqual((await ask("/healthz")).text, "ok\n");
    const metrics = (await ask("/metrics")).text;
    readPrometheus(metrics, { types: "gauge|counter" });
    assert.match(metrics, /^matrix_delegation_serve_requests_total\{route="report",status="200"\} 6$/m);
    assert.match(metrics, /^matrix_delegation_serve_checks_total\{verdict="pass"\} 1$/m);
    assert.match(metrics, /^matrix_delegation_serve_checks_total\{verdict="fail"\} 2$/m);
    assert.match(metrics, /^matrix_delegation_serve_checks_under_way 0$/m);
    assert.doesNotMatch(metrics, /example/, "nothing of what was asked for");
    assert.deepEqual(faults, []);
  }));

describe("what is not a server name is 400 with the line of the command line", () => {
  test("everywhere", () =>
    onStage({ prepare: async () => {} }, async ({ ask, service }) => {
      const line = 'error: "https://example.org/" is not a server name: this is a URL; a server name has no "https:" before it';
      const url = encodeURIComponent("https://example.org/");
      for (const path of [
        `/api/report?server_name=${url}`,
        `/api/federation-ok?server_name=${url}`,
        `/api/federation/report?server_name=${url}`,
        `/api/v1/check?server_name=${url}`,
        `/probe?target=${url}`,
      ]) {
        const { status, text, type } = await ask(path);
        assert.deepEqual([status, type], [400, "text/plain; charset=utf-8"], path);
        assert.ok(text.startsWith(line) && text.endsWith("; probably meant: example.org\n"), text);
        assert.equal(text.trim().split("\n").length, 1);
      }
      for (const path of ["/api/report", "/api/report?server_name=", "/probe", "/api/v1/check?name=example.org"])
        assert.match((await ask(path)).text, /^error: no server name: give one, as in \?(server_name|target)=example\.com\n$/, path);
      for (const name of ["exa_mple.org", "%00", "%ff", "a b", "..", "a".repeat(300), "exämple.org"]) {
        assert.equal((await ask(`/api/report?server_name=${name}`)).status, 400, name);
        assert.equal((await ask(`/badge/${name}.json`)).status, 400, name);
      }
      assert.equal((await ask("/api/v1/check?server_name=example.org&format=xml")).status, 400);
      assert.equal(service.checks.keptCount, 0);
    }));
});

test("methods, unknown paths, CORS", () =>
  onStage({ prepare: async () => {} }, async ({ ask }) => {
    const options = await ask("/api/report?server_name=x", { method: "OPTIONS", headers: { origin: "https://a.example" } });
    assert.deepEqual(
      [
        options.status,
        options.text,
        options.headers.get("access-control-allow-origin"),
        options.headers.get("access-control-allow-methods"),
      ],
      [204, "", "*", "GET, HEAD, OPTIONS"],
    );
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const { status, headers } = await ask("/api/report?server_name=example.org", { method, ...(method === "POST" && { body: "x" }) });
      assert.deepEqual([status, headers.get("allow"), headers.get("connection")], [405, "GET, HEAD, OPTIONS", "close"], method);
    }
    for (const path of [
      "/a/b",
      "//",
      "//evil.example/",
      "/api/",
      "/api/v2/check",
      "/badge/",
      "/badge/a/b.json",
      "/assets/none.js",
      "/assets/../x/y",
    ])
      assert.equal((await ask(path)).status, 404, path);
    assert.equal((await ask("/healthz", { method: "HEAD" })).text, "");
    assert.equal((await ask("/healthz")).headers.get("access-control-allow-origin"), null);
    assert.match((await ask("/robots.txt")).text, /^Disallow: \/$/m);
    assert.equal((await ask("/favicon.ico")).type, "image/svg+xml");
  }));

describe("the page", () => {
  const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  test("the report without a script; then the same from what is kept", () =>
    onStage({ prepare: someServers }, async ({ ask, json }) => {
      for (const turn of ["new", "kept"]) {
        const { status, type, text, headers } = await ask("/closed.example.org");
        assert.deepEqual([status, type, headers.get("content-security-policy")], [200, "text/html; charset=utf-8", policy]);
        const page = readPage(text);
        const all = (name: string): string[] => page.filter((each) => each.name === name).map((each) => each.text.trim());
        assert.ok(all("h2").includes("fail closed.example.org"), turn);
        assert.ok(all("h4").includes("error well-known/not-found"), turn);
        assert.ok(all("a").includes("copy as Markdown"));
        const scripts = page.filter(({ name }) => name === "script");
        assert.deepEqual(
          scripts.map(({ attributes, text: inner }) => [Object.keys(attributes), inner]),
          [[["src"], ""]],
          "no script in the page itself",
        );
        assert.ok(
          !page.some(({ name, attributes }) => name === "style" || Object.keys(attributes).some((each) => /^on|^style$/.test(each))),
        );
        const loaded = page.flatMap(({ name, attributes }) => [attributes["src"], name === "link" ? attributes["href"] : undefined]);
        for (const address of loaded) if (address !== undefined) assert.equal((await ask(`/${address}`)).status, 200, address);
        assert.equal(text.includes('id="progress"'), turn === "new");
      }
      assert.match((await ask("/example.org")).text, /After a green result/);
      assert.equal((await json<Report>("/api/v1/check?server_name=closed.example.org")).verdict, "fail");
    }));

  for (const [given, location] of [
    ["example.org", "./example.org"],
    [" example.org ", "./example.org"],
    ["example.org:8448", "./example.org:8448"],
    ["[2001:db8::1]:8448", "./%5B2001:db8::1%5D:8448"],
    ["@alice:example.org", "./example.org"],
    ["#room:example.org", "./example.org"],
    ["https://example.org/path?x", "./example.org"],
    ["https://matrix.to/#/@alice:example.org", "./example.org"],
  ] as const) {
    test(`the field: ${given} leads to ${location}`, () =>
      onStage({ prepare: async () => {} }, async ({ ask, service }) => {
        const { status, headers } = await ask(`/?server_name=${encodeURIComponent(given)}`);
        assert.deepEqual([status, headers.get("location")], [303, location]);
        assert.equal(service.checks.underWay + service.checks.keptCount, 0);
      }));
  }

  test("what is no name at all is said, and what was meant is a link", () =>
    onStage({ prepare: async () => {} }, async ({ ask }) => {
      const none = await ask("/?server_name=%3Cscript%3Ealert(1)%3C/script%3E");
      assert.equal(none.status, 400);
      assert.ok(!none.text.includes("<script>alert"));
      const meant = await ask("/@alice:example.org");
      assert.equal(meant.status, 400);
      assert.ok(
        readPage(meant.text).some(
          ({ name, attributes, text }) => name === "a" && attributes["href"] === "./example.org" && text === "example.org",
        ),
      );
      assert.equal((await ask("/example.org/")).headers.get("location"), "../example.org");
      assert.match((await ask("/")).text, /<form action="\.\/" method="get"/);
    }));

  test("a name that is a path of ours is checked all the same", () =>
    onStage({ prepare: (net) => net.homeserver("metrics") }, async ({ ask }) => {
      const { status, text } = await ask("/?server_name=metrics");
      assert.equal(status, 200);
      assert.match(text, /<h2 id="report-heading"><span class="word \w+">\w+<\/span> <bdi>metrics<\/bdi>/);
    }));

  test("events: the steps as they begin, then the report; one who only follows begins nothing", () =>
    onStage({ prepare: someServers }, async ({ ask, service }) => {
      const headers = { accept: "text/event-stream" };
      assert.equal((await ask("/example.org?follow=true", { headers })).status, 204);
      assert.equal(service.checks.underWay, 0);
      const { status, type, text } = await ask("/example.org", { headers });
      assert.deepEqual([status, type], [200, "text/event-stream"]);
      const events = text
        .trim()
        .split("\n\n")
        .map((each) => {
          const [, name = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(each) ?? [];
          return { name, data: JSON.parse(data) as { step?: string; verdict?: string; steps?: unknown[] } };
        });
      assert.deepEqual(
        events.map(({ name, data }) => data.step ?? name),
        ["well-known", "address", "connect", "report"],
      );
      assert.deepEqual([events.at(-1)!.data.verdict, events.at(-1)!.data.steps?.length], ["pass", 8]);
      assert.deepEqual((await ask("/example.org?follow=true", { headers })).text.match(/^event: .*$/gm), ["event: report"]);
      assert.equal((await ask("/no name", { headers })).status, 400);
    }));
});

test("answers are kept; no_cache asks anew; the same name at once is one check", () =>
  onStage(
    {
      prepare: async (net) => {
        const [web] = await net.web("example.org");
        await net.homeserver("example.org");
        return web!;
      },
    },
    async ({ ask, prepared: web, service }) => {
      const at = (path: string): Promise<string> =>
        ask(`/api/v1/check?server_name=example.org${path}`).then(({ text }) => (JSON.parse(text) as Report).startedAt);
      const together = await Promise.all(Array.from({ length: 20 }, () => at("")));
      assert.equal(new Set(together).size, 1);
      // The last of them may come when the check is done.
      assert.equal(service.checks.counts.joined + service.checks.counts.kept, 19);
      const connections = web.accepted;
      assert.equal(await at(""), together[0]);
      assert.equal(web.accepted, connections);
      for (const value of ["true", "1"]) assert.notEqual(await at(`&no_cache=${value}`), together[0]);
      assert.ok(web.accepted > connections);
      const newest = await at("");
      assert.notEqual(newest, together[0], "what was asked anew is what is kept");
      assert.equal(await at("&no_cache=false"), newest);
    },
  ));

describe("limits", () => {
  test("checks a minute for each client; what is kept or shared is none; 429 says when", () =>
    onStage({ service: { rate: 3 }, prepare: someServers }, async ({ ask }) => {
      for (const name of ["example.org", "closed.example.org", "srv.example.org"])
        assert.equal((await ask(`/api/report?server_name=${name}`)).status, 200);
      for (let count = 0; count < 5; count++) assert.equal((await ask("/api/report?server_name=example.org")).status, 200);
      for (const path of [
        "/api/report?server_name=example.org&no_cache=true",
        "/probe?target=new.example.org",
        "/new.example.org",
        "/badge/new.example.org.json",
      ]) {
        const { status, headers, text } = await ask(path);
        const retry = Number(headers.get("retry-after"));
        assert.deepEqual([status, retry > 0 && retry <= 60], [429, true], path);
        assert.match(text, /too many checks from your address: 3 a minute; try again in \d+ s/);
      }
      assert.match((await ask("/metrics")).text, /refused_total\{limit="client"\} 4$/m);
      assert.equal((await ask("/")).status, 200);
    }));

  test("clients behind a proxy are told apart by what it vouches for, and by nothing else", () =>
    onStage(
      { service: { rate: 1, proxies: trustedProxies(["127.0.0.0/8", "2001:db8:1::/48"]) }, prepare: async () => {} },
      async ({ ask }) => {
        let number = 0;
        const as = async (forwarded: string): Promise<number> =>
          (await ask(`/api/report?server_name=n${++number}.example${number}.org`, { headers: { "x-forwarded-for": forwarded } })).status;
        const rows: [string, number][] = [
          ["192.0.2.1", 200],
          ["192.0.2.1", 429],
          ["192.0.2.9, 192.0.2.1", 429],
          ["192.0.2.1, 192.0.2.2", 200],
          ["192.0.2.3, 127.0.0.5", 200],
          ["192.0.2.3, 2001:db8:1::7, 127.0.0.5", 429],
          ["2001:db8:2:3::1", 200],
          ["2001:db8:2:3:ffff::2", 429],
          ["2001:db8:2:4::1", 200],
          ["192.0.2.4:1234", 200],
          ["::ffff:192.0.2.4", 429],
          ["nonsense", 200],
          ["192.0.2.77, nonsense", 429],
        ];
        for (const [forwarded, status] of rows) assert.equal(await as(forwarded), status, forwarded);
      },
    ));

  test("without a trusted proxy the header says nothing", () =>
    onStage({ service: { rate: 1 }, prepare: async () => {} }, async ({ ask }) => {
      const status = async (address: string): Promise<number> =>
        (await ask(`/api/report?server_name=${address}.example.org`, { headers: { "x-forwarded-for": `192.0.2.${address}` } })).status;
      assert.deepEqual([await status("1"), await status("2")], [200, 429]);
    }));

  test("one stranger isn't asked again and again, whoever asks and however the name is written", () =>
    onStage({ service: { rate: 2, proxies: trustedProxies(["127.0.0.1"]) }, prepare: async () => {} }, async ({ ask }) => {
      let client = 0;
      const status = async (name: string): Promise<number> =>
        (await ask(`/api/report?server_name=${name}&no_cache=true`, { headers: { "x-forwarded-for": `192.0.2.${++client}` } })).status;
      assert.deepEqual(
        [await status("a.example.org"), await status("A.example.org:1234"), await status("a.EXAMPLE.org:1")],
        [200, 200, 429],
      );
      for (const name of ["b", "c", "d", "e"]) assert.equal(await status(`${name}.example.org`), 200);
      assert.equal(await status("f.example.org"), 429);
      assert.equal(await status("f.example.net"), 200);
    }));

  test("so many checks at once; who leaves makes room", () =>
    onStage(
      {
        check: PATIENT,
        service: { concurrency: 2 },
        prepare: async (net) => [...(await silent(net, "a.example.org")), ...(await silent(net, "b.example.org"))],
      },
      async ({ ask, prepared: servers, service }) => {
        const leave = new AbortController();
        const waiting = ["a", "b"].map((name) =>
          ask(`/api/report?server_name=${name}.example.org`, { signal: leave.signal }).catch(() => null),
        );
        await eventually(() => servers.every(({ open }) => open > 0), "both are under way");
        const { status, headers } = await ask("/api/report?server_name=c.example.org");
        assert.deepEqual([status, headers.get("retry-after")], [429, "5"]);
        leave.abort();
        await Promise.all(waiting);
        await eventually(
          () => service.checks.underWay === 0 && servers.every(({ open }) => open === 0),
          "the checks have ended, with their sockets",
        );
        assert.equal((await ask("/api/report?server_name=c.example.org")).status, 200);
      },
    ));

  test("a check goes on as long as one waits for it, and ends with the last", () =>
    onStage({ check: PATIENT, prepare: silent }, async ({ ask, prepared: [server], service }) => {
      const leaves = [new AbortController(), new AbortController(), new AbortController()];
      const paths = ["/api/report?server_name=silent.example.org", "/silent.example.org", "/probe?target=silent.example.org"];
      const waiting = paths.map((path, index) => ask(path, { signal: leaves[index]!.signal }).catch(() => null));
      await eventually(() => service.checks.counts.joined === 2 && server!.open > 0, "all wait for one check");
      leaves[0]!.abort();
      leaves[1]!.abort();
      await Promise.all(waiting.slice(0, 2));
      assert.equal(service.checks.underWay, 1);
      leaves[2]!.abort();
      await eventually(() => service.checks.underWay === 0 && server!.open === 0, "nobody waits any more");
      assert.equal(service.checks.keptCount, 0, "what was cut off isn't kept");
    }));

  test("Prometheus gets an answer before it gives up", () =>
    onStage({ check: PATIENT, prepare: silent }, async ({ ask, service }) => {
      const { status, text } = await ask("/probe?target=silent.example.org", { headers: { "x-prometheus-scrape-timeout-seconds": "1" } });
      assert.equal(status, 200);
      readPrometheus(text);
      assert.match(text, /^probe_success 0\n/m);
      assert.match(text, /^matrix_delegation_inconclusive 1$/m);
      await eventually(() => service.checks.underWay === 0, "the check has ended");
    }));
});

test("in public, nobody's inner addresses are asked, and that is what the answers say", () =>
  onStage(
    {
      check: { allowPrivate: false, policy: PUBLIC_SERVICE },
      prepare: (net) => net.homeserver("intranet.example.net"),
    },
    async ({ json, prepared: [inner] }) => {
      const { ConnectionErrors, ConnectionReports, FederationOK } = await json<OfficialReport>(
        "/api/report?server_name=intranet.example.net",
      );
      assert.deepEqual(Object.values(ConnectionErrors), [{ Message: "127.0.0.1 is not a public address" }]);
      assert.deepEqual([ConnectionReports, FederationOK, inner?.accepted], [{}, false, 0]);
    },
  ));

test("inconclusive: 200, no success, and asked again the next time", async () => {
  await onStage({ check: { timeoutMs: 300, dnsServers: ["127.0.0.1:9"] }, prepare: async () => {} }, async ({ ask, json, service }) => {
    assert.deepEqual([(await ask("/api/federation-ok?server_name=example.org")).text, (await ask("/example.org")).status], ["BAD", 200]);
    assert.equal((await json<OfficialReport>("/api/report?server_name=example.org")).FederationOK, false);
    assert.equal((await json<Report>("/api/v1/check?server_name=example.org")).verdict, "inconclusive");
    assert.match((await ask("/probe?target=example.org")).text, /^probe_success 0$[^]*^matrix_delegation_inconclusive 1$/m);
    assert.equal((await json<{ message: string }>("/badge/example.org.json")).message, "unknown");
    assert.equal(service.checks.keptCount, 0);
  });
});

test("a fault of ours is 500 and said on stderr, without a word of it to the visitor; the page says so", () =>
  onStage({ service: { check: () => Promise.reject(new Error("secret")) }, prepare: async () => {} }, async ({ ask, faults }) => {
    const { status, text } = await ask("/api/report?server_name=example.org");
    assert.deepEqual([status, text], [500, "internal error\n"]);
    assert.match((await ask("/example.org")).text, /fault in this program/);
    assert.equal(faults.length, 2);
    assert.match((await ask("/metrics")).text, /faults_total 2$/m);
    assert.equal(TOOL.name, "matrix-delegation-check");
  }));

describe("bytes that are no honest request", () => {
  const head = "GET /healthz HTTP/1.1\r\nHost: a\r\n";
  for (const [what, bytes, statuses] of [
    ["two lengths", `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`, [400]],
    [
      "length and chunks",
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n`,
      [400],
    ],
    [
      "chunks that hide a second request",
      `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n`,
      [400],
    ],
    ["a body, and a request behind it", `${head}Content-Length: 3\r\n\r\nabcGET /robots.txt HTTP/1.1\r\nHost: a\r\n\r\n`, [200]],
    ["a header of 20 kB", `${head}X: ${"a".repeat(20_000)}\r\n\r\n`, [431]],
    ["an address of 20 kB", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, [431]],
    ["3,000 headers", `${head}${"X-Header: a\r\n".repeat(3000)}\r\n`, [431]],
    ["a folded header", `${head}X: a\r\n b\r\n\r\n`, [400]],
    ["bare line feeds", "GET /healthz HTTP/1.1\nHost: a\nX: a\n\n", [400]],
    ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", [400]],
    ["an absolute address", "GET http://evil.example/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [404]],
    ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", []],
    ["TLS", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", [400]],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]],
    ["100 requests at once", `${head}\r\n`.repeat(100), null],
  ] as const) {
    test(what, () =>
      onStage({ prepare: async () => {} }, async ({ port, ask }) => {
        const answers = [...(await raw(port, bytes)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
        if (statuses === null) assert.ok(answers.length <= 100 && answers.every((status) => status === 200));
        else assert.deepEqual(answers, statuses);
        assert.equal((await ask("/healthz")).status, 200);
      }),
    );
  }
});
