/** Faults of the well-known: which finding leads, and what is no fault because something else works. */
import assert from "node:assert/strict";
import { ROOM_MS } from "../lab/room.ts";
import type { Report } from "../../src/facts/output.ts";
import type { Network } from "../lab/network.ts";
import type { Answer } from "../lab/web-server.ts";
import { redirect } from "../lab/web-server.ts";
import { selfSigned } from "../lab/certificates.ts";
import { delegation, healthy, run, TIMEOUT, type Scenario } from "./scenario.ts";

const PATH = "/.well-known/matrix/server";
const DAY = 86_400_000;

/** A base domain that answers the well-known like that, and nothing behind it: port 8448 is closed. */
const alone =
  (answer: Answer) =>
  async (net: Network): Promise<void> => {
    await net.web("example.org", { routes: { [PATH]: answer } });
    await net.closed("example.org", 8448);
  };
/** The same, but port 8448 of the name works, so that nothing is lost. */
const beside =
  (answer: Answer) =>
  async (net: Network): Promise<void> => {
    await net.web("example.org", { routes: { [PATH]: answer } });
    await net.homeserver("example.org");
  };

/** A fault that breaks everything when nothing is behind it, and weighs less when port 8448 works. */
function both(code: string, answer: Answer, mild: "warning" | "info" = "warning"): Scenario[] {
  return [
    {
      title: `${code}: 8448 is closed, the well-known is the cause`,
      network: alone(answer),
      finds: [`${code} error`, `connect/refused error < ${code}`],
      verdict: "fail",
    },
    { title: `${code}: port 8448 works`, network: beside(answer), finds: [`${code} ${mild}`], verdict: mild === "info" ? "pass" : "warn" },
  ];
}

/** Everything at example.org redirects there, where `there` is set up; port 8448 is closed. */
const redirectsAll =
  (to: string, there: (net: Network) => Promise<unknown>) =>
  async (net: Network): Promise<void> => {
    await net.web("example.org", { fallback: redirect(to) });
    net.publish(new URL(to).hostname, { A: ["127.0.0.1"] });
    await there(net);
    await net.closed("example.org", 8448);
  };

/** What is advised behind a redirect: where it leads, if that can be mended there, or without it; never where the redirect would win. */
function behindRedirects(): Scenario[] {
  const WWW = "www.example.org";
  const led = (code: string): string[] => [`${code} error`, `connect/refused error < ${code}`];
  const exempt = /^Serve the file on example\.org without a redirect[^:]*: exempt the path/;
  const advises =
    (...patterns: RegExp[]) =>
    ({ findings }: Report): void => {
      const fix = findings[0]?.fix ?? [];
      patterns.forEach((pattern, index) => assert.match(fix[index] ?? "", pattern));
    };
  const rows: [title: string, to: string, there: (net: Network) => Promise<unknown>, code: string, patterns: RegExp[]][] = [
    [
      "404 at www: published there",
      `https://${WWW}${PATH}`,
      (net) => net.web(WWW),
      "not-found",
      [/^Publish https:\/\/www\.example\.org\/[^,]+, to which example\.org redirects, .* served as https:\/\/www\.example\.org\/:/],
    ],
    ["404 at another port of www", `https://${WWW}:8443${PATH}`, (net) => net.web(WWW, { port: 8443 }), "not-found", [exempt]],
    ["404 at another domain", `https://www.example.net${PATH}`, (net) => net.web("www.example.net"), "not-found", [exempt]],
    [
      "403 at www",
      `https://${WWW}${PATH}`,
      (net) => net.web(WWW, { routes: { [PATH]: { status: 403, body: "" } } }),
      "forbidden",
      [/^Let everybody on www\.example\.org .* served as https:\/\/www\.example\.org\/:/],
    ],
    [
      "www refuses",
      `https://${WWW}${PATH}`,
      (net) => net.closed(WWW, 443),
      "unreachable",
      [exempt, /^Make a web server listen on port 443 of www\.example\.org/],
    ],
    [
      "another port of www refuses",
      `https://${WWW}:8443${PATH}`,
      (net) => net.closed(WWW, 8443),
      "unreachable",
      [exempt, /^Make a web server listen on port 8443 of www\.example\.org/],
    ],
  ];
  return [
    ...rows.map(([title, to, there, code, patterns]): Scenario => ({
      title: `well-known/${code} behind a redirect: ${title}`,
      network: redirectsAll(to, there),
      finds: led(`well-known/${code}`),
      verdict: "fail",
      and: advises(...patterns),
    })),
    {
      title: "well-known/on-target-only behind a redirect",
      async network(net) {
        await redirectsAll(`https://${WWW}${PATH}`, (each) => each.web(WWW))(net);
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443, delegatesTo: "matrix.example.org:443" });
      },
      finds: led("well-known/on-target-only"),
      verdict: "fail",
      and: advises(/^Publish https:\/\/www\.example\.org\/.* served as https:\/\/www\.example\.org\/:/),
    },
    ...(["closed", "filtered"] as const).map((state): Scenario => {
      const code = state === "closed" ? "well-known/unreachable" : "well-known/timeout";
      return {
        title: `${code}: a plain http: hop that is ${state} is on port 80`,
        ...(state === "filtered" ? { options: TIMEOUT } : {}),
        network: redirectsAll(`http://${WWW}${PATH}`, (net) => net[state](WWW, 80)),
        finds: [`${code} error`, "well-known/redirect-insecure warning", `connect/refused error < ${code}`],
        verdict: "fail",
        and({ findings }) {
          assert.match(findings[0]?.detail ?? "", /port 80\b/);
          assert.doesNotMatch(JSON.stringify(findings[0]), /port 443/);
          assert.match(findings[0]?.fix[0] ?? "", exempt);
        },
      };
    }),
  ];
}

/** Which way out a redirect over plain http: has. */
function insecureRedirects(): Scenario[] {
  const file: Answer = { body: { "m.server": "matrix.example.org:443" } };
  const plain = (net: Network, host: string, routes: Record<string, Answer>): Promise<unknown> =>
    net.web(host, { port: 80, tls: null, routes });
  const rows: [title: string, network: (net: Network) => Promise<unknown>, second: RegExp | null][] = [
    [
      "the same URL: it can't redirect to itself",
      async (net) => {
        await net.web("example.org", { routes: { [PATH]: redirect(`http://example.org${PATH}`) } });
        await plain(net, "example.org", { [PATH]: file });
      },
      null,
    ],
    [
      "the file is behind it, over TLS",
      async (net) => {
        await net.web("example.org", { routes: { [PATH]: redirect("http://plain.example.org/m") } });
        await plain(net, "plain.example.org", { "/m": redirect("https://www.example.org/m") });
        await net.web("www.example.org", { routes: { "/m": file } });
      },
      /Location: https:\/\/www\.example\.org\/m$/,
    ],
    [
      "another port: nothing speaks TLS there",
      async (net) => {
        await net.web("example.org", { routes: { [PATH]: redirect("http://plain.example.org:8080/m") } });
        await net.web("plain.example.org", { port: 8080, tls: null, routes: { "/m": file } });
      },
      null,
    ],
  ];
  return rows.map(([title, network, second]) => ({
    title: `well-known/redirect-insecure: ${title}`,
    async network(net) {
      await network(net);
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/redirect-insecure warning", "well-known/redirected info"],
    verdict: "warn",
    and({ findings }) {
      const fix = findings[0]?.fix ?? [];
      assert.match(fix[0] ?? "", /exempt the path.*\n[^]*"m\.server": "matrix\.example\.org:443"/);
      if (second === null) assert.equal(fix.length, 1);
      else assert.match(fix[1] ?? "", second);
    },
  }));
}

/** Something listens on 443, and ends the connection before the answer is complete. */
function dropped(): Scenario[] {
  const answers: [title: string, answer: Answer][] = [
    ["closed without an answer", "close"],
    ["reset without an answer", "reset"],
    ["closed in the middle of the header", { raw: "HTTP/1.1 200 OK\r\nContent-Ty", then: "close" }],
  ];
  return answers.map(([title, answer]) => ({
    title: `well-known/unreachable: ${title}: something listens`,
    network: alone(answer),
    finds: ["well-known/unreachable error", "connect/refused error < well-known/unreachable"],
    verdict: "fail",
    and({ findings }) {
      assert.match(findings[0]?.detail ?? "", /accepts connections on port 443, and (closes|resets) them before the answer is complete/);
      assert.match(findings[0]?.fix[0] ?? "", /^Look into the error log of the web server on port 443 of example\.org/);
      assert.doesNotMatch(findings[0]?.fix.join(" ") ?? "", /firewall|listen on/);
    },
  }));
}

/** One of two addresses answers otherwise: the fix is that of what is wrong there. It listens already. */
function splits(): Scenario[] {
  const FILE = { body: { "m.server": "matrix.example.org:443" } };
  const rows: [what: string, second: string, answer: Answer, fix: RegExp, mayNotListen: boolean][] = [
    ["502", "::1", { status: 502, body: "" }, /what stands behind it fails \(status 502\)/, false],
    ["503", "127.0.0.2", { status: 503, body: "x" }, /what stands behind it fails \(status 503\)/, false],
    ["a redirect to the start page", "::1", redirect("https://example.org/"), /without that redirect/, false],
    ["another m.server", "::1", { body: { "m.server": "old.example.org:443" } }, /^Change the file that example\.org serves at ::1/, false],
    ["a URL", "127.0.0.2", { body: { "m.server": "https://x" } }, /^Change the file that example\.org serves at 127\.0\.0\.2/, false],
    ["a web page", "127.0.0.2", { body: "<html>hi</html>" }, /^At \S+ probably another machine or virtual host answers/, false],
    ["a web page over IPv6", "::1", { body: "<html>hi</html>" }, /^At \S+ probably another machine or virtual host answers/, true],
    ["403", "::1", { status: 403, body: "no" }, /^Exempt/, false],
  ];
  return rows.map(([what, second, answer, fix, mayNotListen]) => ({
    title: `well-known/split: ${what} at one address, and how that is mended`,
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", second],
        intercept: ({ url, socket }) => (url === PATH && socket.localAddress?.replace("::ffff:", "") === second ? answer : null),
        routes: { [PATH]: FILE },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/split error"],
    verdict: "fail",
    and({ findings }) {
      const fixes = findings[0]?.fix ?? [];
      assert.match(fixes[0] ?? "", fix);
      assert.equal(
        fixes.some((each) => each.includes("listen [::]:443 ssl;")),
        mayNotListen,
      );
      assert.ok(!fixes.some((each) => each.includes("listen 443 ssl;")));
    },
  }));
}

/** Eleven redirects, and then the file. */
async function elevenRedirects(net: Network): Promise<void> {
  const hops = Array.from({ length: 10 }, (_, index): [string, Answer] => [`/${index + 1}`, redirect(`https://example.org/${index + 2}`)]);
  await net.web("example.org", {
    routes: {
      [PATH]: redirect("https://example.org/1"),
      ...Object.fromEntries(hops),
      "/11": { body: { "m.server": "matrix.example.org:443" } },
    },
  });
  await net.homeserver("example.org");
}

/** example.org redirects to www.example.org, which redirects to `location`; `atFirst` is what example.org has. */
function relativeRedirects(): Scenario[] {
  const file: Answer = { body: { "m.server": "matrix.example.org:443" } };
  const network =
    (location: string, atFirst: Record<string, Answer> = {}) =>
    async (net: Network): Promise<void> => {
      await net.web("example.org", { routes: { [PATH]: redirect(`https://www.example.org/mx/start`), ...atFirst } });
      await net.web("www.example.org", { routes: { "/mx/start": redirect(location), "/mx/file": file, "/file": file } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    };
  const lost = ["well-known/redirect-relative error", "well-known/redirected info"];
  return [
    { title: "well-known/redirect-relative: an absolute path", network: network("/file"), finds: lost, verdict: "fail" },
    { title: "well-known/redirect-relative: a relative path", network: network("./file#here"), finds: lost, verdict: "fail" },
    {
      title: "well-known/redirect-relative: another file is there",
      network: network("/file", { "/file": { body: { "m.server": "old.example.org:443" } } }),
      finds: lost,
      verdict: "fail",
      and: (report) => assert.match(report.findings[0]?.detail ?? "", /where m\.server is "old\.example\.org:443"/),
    },
    {
      title: "no redirect-relative: the first host has the file at that path, too, after another redirect",
      network: network("/file", { "/file": redirect("/again"), "/again": file }),
      finds: ["well-known/redirected info"],
      verdict: "pass",
    },
    {
      title: "no redirect-relative: a whole URL",
      network: network("https://www.example.org/file"),
      finds: ["well-known/redirected info"],
      verdict: "pass",
    },
    {
      title: "no redirect-relative: the first hop is relative, and so is the second, on the same host",
      async network(net) {
        await net.web("example.org", { routes: { [PATH]: redirect("/a"), "/a": redirect("/b"), "/b": file } });
        await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      },
      finds: ["well-known/redirected info"],
      verdict: "pass",
    },
  ];
}

run([
  {
    title: "healthy",
    network: healthy,
    finds: [],
    verdict: "pass",
    and: (report) => assert.ok(report.findings.some(({ code }) => code === "well-known/cache")),
  },

  ...both("well-known/not-found", { status: 404, body: "<html>not found</html>" }, "info"),
  ...both("well-known/not-found", { status: 410, body: "" }, "info"),
  ...both("well-known/forbidden", { status: 403, body: "<html>403 Forbidden</html>" }),
  ...both("well-known/forbidden", {
    status: 503,
    headers: { "content-type": "text/html" },
    body: "<html><head><title>Just a moment...</title></head></html>",
  }),
  ...both("well-known/server-error", { status: 502, body: "<html>502 Bad Gateway</html>" }),
  {
    title: "well-known/http-status: 204 has nothing to read",
    network: alone({ status: 204, body: "" }),
    finds: ["well-known/http-status error", "connect/refused error < well-known/http-status"],
    verdict: "fail",
    and({ findings: [first] }) {
      assert.equal(first?.affects, "all");
      assert.match(first.detail, /needs status 200, and nothing was sent\. Homeservers act/);
    },
  },
  {
    title: "well-known/http-status: 206 with the file is read by some",
    network: beside({ status: 206, body: { "m.server": "matrix.example.org:443" } }),
    finds: ["well-known/http-status warning"],
    verdict: "warn",
    and: ({ findings: [first] }) => assert.match(first?.detail ?? "", /; Conduit, .* do\. The former act as if there were no file/),
  },
  ...both("well-known/http-status", { status: 201, body: { "m.server": "matrix.example.org:443" } }),
  ...both("well-known/not-json", { body: "<!DOCTYPE html><html><body>Welcome</body></html>", headers: { "content-type": "text/html" } }),
  ...both("well-known/not-json", { body: '﻿{"m.server":"matrix.example.org:443"}' }),
  ...both("well-known/not-json", { body: '{"m.server":"matrix.example.org:443",}' }),
  ...both("well-known/not-json", { body: '{"m.server":"matrix.example.org:443"} trailing' }),
  ...both("well-known/not-json", { body: "" }),
  ...both("well-known/no-m-server", { body: { "m.homeserver": { base_url: "https://matrix.example.org" } } }),
  ...both("well-known/no-m-server", { body: { "m.server": 8448 } }),
  ...both("well-known/homeserver-not-configured", {
    status: 404,
    body: { errcode: "M_NOT_FOUND", error: "No well-known server URL is configured." },
  }),
  ...both("well-known/redirect-loop", redirect(`https://example.org${PATH}`)),
  ...both("well-known/redirect-lost", redirect("https://example.org/")),

  ...[
    { fault: "not-json", body: '{"m.server": "matrix.example.org:443",}' },
    { fault: "not-json", body: "{'m.server': 'matrix.example.org:443'}" },
    { fault: "not-json", body: '{"m.server": "matrix.example.org:443"}}' },
    { fault: "invalid-m-server", body: '{"m.server": "https://matrix.example.org"}' },
  ].map(({ fault, body }) => ({
    title: `well-known/${fault}: ${body}, which was to lead elsewhere: what is wrong at port 8448 isn't the cause`,
    async network(net: Network) {
      await net.web("example.org", { routes: { [PATH]: { headers: { "content-type": "application/json" }, body } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("other.test", { host: "example.org", unpublished: true });
    },
    finds: [`well-known/${fault} error`, `keys/server-name-mismatch error < well-known/${fault}`],
    verdict: "fail" as const,
    and: (report: Report) =>
      assert.match(report.findings[0]?.fix[0] ?? "", /\{"m\.server": "matrix\.example\.org:443"\}|remove everything after/),
  })),
  {
    title: "well-known/split: an address says something else, and turns somebody away as well",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        intercept: ({ socket, headers }) => {
          if (socket.localAddress !== "::1") return { body: { "m.server": "matrix.example.org:443" } };
          return headers["user-agent"]?.startsWith("Go-http") === true
            ? { status: 403, body: "no" }
            : { body: { "m.server": "old.example.org:443" } };
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
      await net.homeserver("example.org", { host: "old.example.org", port: 443 });
    },
    finds: ["well-known/split error", "well-known/user-agent-blocked warning"],
    verdict: "fail",
  },
  {
    title: "well-known/split: an address turns Synapse away, and tells the others something else",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        intercept: ({ socket, headers }) => {
          if (socket.localAddress !== "::1") return { body: { "m.server": "matrix.example.org:443" } };
          return headers["user-agent"]?.startsWith("Synapse/") === true
            ? { status: 403, body: "no" }
            : { body: { "m.server": "old.example.org:443" } };
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/user-agent-blocked error", "well-known/split error"],
    verdict: "fail",
  },
  {
    title: "well-known/invalid-m-server: what is to be seen to at port 8448, which works, isn't its consequence",
    async network(net) {
      await net.web("example.org", {
        routes: { [PATH]: { headers: { "content-type": "application/json" }, body: '{"m.server": "https://matrix.example.org"}' } },
      });
      const tls = await net.issuer.issue({ names: ["example.org"], notAfter: new Date(Date.now() + 3 * 86_400_000) });
      await net.homeserver("example.org", { unpublished: true, tls });
    },
    finds: ["well-known/invalid-m-server error", "tls/expiring warning"],
    verdict: "fail",
  },
  {
    title: "well-known/user-agent-blocked at one address: no split, as others get the file there",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        intercept: ({ socket, headers }) =>
          socket.localAddress === "::1" && headers["user-agent"]?.startsWith("Synapse/") === true
            ? { status: 403, body: "no" }
            : { body: { "m.server": "matrix.example.org:443" } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/user-agent-blocked error"],
    verdict: "fail",
    and({ findings, reach }) {
      assert.deepEqual(findings[0]?.affects, ["Synapse"]);
      assert.doesNotMatch(findings[0]?.detail ?? "", /connect to/);
      assert.deepEqual(
        reach.filter(({ reaches }) => reaches !== "yes").map(({ homeserver, reaches }) => [homeserver, reaches]),
        [["Synapse", "sometimes"]],
      );
    },
  },
  {
    title:
      "well-known/not-json: it names the place where homeservers go anyway; that it is broken is one fault, what is wrong there another",
    async network(net) {
      await net.web("example.org", {
        routes: { [PATH]: { headers: { "content-type": "application/json" }, body: '{"m.server": "example.org:8448",}' } },
      });
      await net.homeserver("other.test", { host: "example.org", unpublished: true });
    },
    finds: ["keys/server-name-mismatch error", "well-known/not-json error < keys/server-name-mismatch"],
    verdict: "fail",
  },
  {
    title: "well-known/not-json: BOM, trailing bytes and the like are no fault of extra keys, white space or Content-Type",
    async network(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: {
            headers: { "content-type": "application/json" },
            body: ' \n{"x":[1,{"m.server":2}],"m.server":"matrix.example.org:443"}\n ',
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
  },
  ...[
    "https://matrix.example.org",
    "matrix.example.org:443/",
    "matrix.example.org:0",
    "matrix.example.org:70000",
    "2001:db8::1",
    "ma_trix.example.org:443",
    "matrix.example.org :443",
  ].flatMap((value): Scenario[] => [
    {
      title: `well-known/invalid-m-server: ${value}, though port 8448 works`,
      network: beside({ body: { "m.server": value } }),
      finds: ["well-known/invalid-m-server error"],
      verdict: "fail",
      and(report) {
        assert.equal(report.route?.specStep, "6");
        assert.ok(Array.isArray(report.findings[0]?.affects), "says who falls back and who fails");
      },
    },
  ]),
  {
    title: "well-known/trailing-dot",
    async network(net) {
      await delegation(net, "matrix.example.org.:443");
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/trailing-dot error"],
    verdict: "fail",
  },
  {
    title: "well-known/points-to-self: m.server is the name itself on 443, where no homeserver answers",
    network: (net) => net.web("example.org", { routes: { [PATH]: { body: { "m.server": "example.org:443" } } } }),
    finds: ["well-known/points-to-self error", "federation/not-routed error < well-known/points-to-self"],
    verdict: "fail",
  },
  {
    title: "m.server is the name itself on 443, and the homeserver is there",
    network: (net) => net.homeserver("example.org", { port: 443, delegatesTo: "example.org:443" }),
    finds: [],
    verdict: "pass",
  },
  {
    title: "well-known/no-address: nothing at the base domain, SRV works",
    async network(net) {
      net.publish("example.org", { A: [], AAAA: [] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8451 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", port: 8451, tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    finds: ["well-known/no-address info", "srv/not-recommended info"],
    verdict: "pass",
  },
  {
    title: "well-known/no-address: and no SRV either",
    network: async (net) => net.publish("example.org", { A: [], AAAA: [] }),
    finds: ["well-known/no-address error", "address/none error < well-known/no-address"],
    verdict: "fail",
  },
  ...(["reset", "close"] as const).map((how): Scenario => ({
    title: `well-known/unreachable: ${how} instead of a TLS handshake`,
    async network(net) {
      await net.web("example.org", { onAccept: how });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/unreachable error", "connect/refused error < well-known/unreachable"],
    verdict: "fail",
  })),
  {
    title: "well-known/tls at one address leads, though the other one refuses connections",
    async network(net) {
      await net.web("example.org", { addresses: ["127.0.0.1"], tls: await net.issuer.issue({ names: ["wrong.example"] }) });
      net.publish("example.org", { A: ["127.0.0.1"], AAAA: ["::1"] });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls error", "well-known/address-failed warning", "connect/refused error < well-known/tls"],
    verdict: "fail",
  },
  ...[60_000, 300_000].map((size): Scenario => ({
    title: `well-known/not-json: a web page of ${size} bytes concerns all who find no file there`,
    network: alone({ headers: { "content-type": "text/html" }, body: `<!DOCTYPE html>${"y".repeat(size)}` }),
    finds: ["well-known/not-json error", "connect/refused error < well-known/not-json"],
    verdict: "fail",
    and: ({ findings }) => assert.equal(findings[0]?.affects, "all"),
  })),
  {
    title: "well-known/unreachable: 443 is closed, port 8448 works",
    async network(net) {
      await net.homeserver("example.org");
      await net.closed("example.org", 443);
    },
    finds: ["well-known/unreachable warning"],
    verdict: "warn",
  },
  {
    title: "well-known/timeout: 443 is filtered, SRV works",
    async network(net) {
      await net.filtered("example.org", 443);
      net.publish("example.org", { A: ["127.0.0.1"] });
      net.publish("_matrix-fed._tcp.example.org", { SRV: ["10 5 8451 hs.example.net"] });
      await net.homeserver("example.org", { host: "hs.example.net", port: 8451, tls: await net.issuer.issue({ names: ["example.org"] }) });
    },
    options: TIMEOUT,
    finds: ["well-known/timeout warning", "srv/not-recommended info"],
    verdict: "warn",
    and: (report) => assert.ok(report.durationMs < 1500 + ROOM_MS, `${report.durationMs} ms`),
  },
  {
    title: "well-known/timeout: the body stalls, and Synapse never goes on, though 8448 works",
    network: beside({ body: '{"m.server":"matrix.example.org:443"}', stallAfter: 5 }),
    options: TIMEOUT,
    finds: ["well-known/timeout error"],
    verdict: "fail",
    and: (report) => assert.deepEqual(report.findings[0]?.affects, ["Synapse", "mautrix-go"]),
  },
  {
    title: "well-known/timeout: the body of a 404 stalls as well",
    network: beside({ status: 404, body: "<html>not found</html>", stallAfter: 0 }),
    options: TIMEOUT,
    finds: ["well-known/timeout error"],
    verdict: "fail",
  },
  {
    title: "well-known/timeout: no header comes, and 8448 works",
    network: beside("stall"),
    options: TIMEOUT,
    finds: ["well-known/timeout warning"],
    verdict: "warn",
  },
  ...relativeRedirects(),
  {
    title: "well-known/doubled-key",
    async network(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: {
            headers: { "content-type": "application/json" },
            body: '{"m.server":"old.example.org:443", "x": {"m.server": 1}, "m\\u002eserver":"matrix.example.org:443"}',
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/doubled-key warning"],
    verdict: "warn",
    and: (report) => assert.match(report.findings[0]?.fix[0] ?? "", /\n\{"m\.server": "matrix\.example\.org:443"\}$/),
  },
  {
    title: "well-known/timeout: the body stalls, and 8448 is closed",
    network: alone({ body: '{"m.server":"matrix.example.org:443"}', stallAfter: 5 }),
    options: TIMEOUT,
    finds: ["well-known/timeout error", "connect/refused error < well-known/timeout"],
    verdict: "fail",
  },
  ...(
    [
      [
        "expired",
        (net: Network) =>
          net.issuer.issue({
            names: ["example.org"],
            notBefore: new Date(Date.now() - 90 * DAY),
            notAfter: new Date(Date.now() - 2 * DAY),
          }),
      ],
      ["for another name", (net: Network) => net.issuer.issue({ names: ["www.example.org"] })],
      ["self-signed", () => selfSigned({ names: ["example.org"] })],
    ] as const
  ).map(([what, issue]): Scenario => ({
    title: `well-known/tls: the certificate of the base domain is ${what}; homeservers go on to 8448`,
    async network(net) {
      await net.web("example.org", { tls: await issue(net), routes: { [PATH]: { body: { "m.server": "matrix.example.org:443" } } } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/tls error", "connect/refused error < well-known/tls"],
    verdict: "fail",
    and: (report) => assert.equal(report.route?.specStep, "6"),
  })),
  {
    title: "well-known/tls: the certificate of a redirect's host is bad",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: redirect("https://www.example.org/m") } });
      await net.web("www.example.org", {
        tls: await net.issuer.issue({ names: ["example.org"] }),
        routes: { "/m": { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org");
    },
    finds: ["well-known/tls warning"],
    verdict: "warn",
    and: (report) => assert.match(report.findings.find(({ code }) => code === "well-known/tls")?.detail ?? "", /www\.example\.org/),
  },
  {
    title: "well-known/certificate-expiring",
    async network(net) {
      await net.web("example.org", {
        tls: await net.issuer.issue({ names: ["example.org"], notAfter: new Date(Date.now() + 5 * DAY) }),
        routes: { [PATH]: { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/certificate-expiring warning"],
    verdict: "warn",
  },
  {
    title: "well-known/redirected: 308",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: redirect("https://www.example.org/m", 308) } });
      await net.web("www.example.org", { routes: { "/m": { body: { "m.server": "matrix.example.org:443" } } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/redirected warning"],
    verdict: "warn",
  },
  ...behindRedirects(),
  ...insecureRedirects(),
  ...dropped(),
  {
    title: "well-known/redirect-loop: eleven redirects are no circle",
    network: elevenRedirects,
    finds: ["well-known/redirect-loop warning"],
    verdict: "warn",
    and({ findings, steps }) {
      assert.doesNotMatch(JSON.stringify(findings[0]), /circle|without end/);
      assert.match(findings[0]?.detail ?? "", /more than 10 redirects\. .*conduwuit.* at most 4, .*Synapse.* at most 20\./);
      assert.match(steps.find(({ id }) => id === "well-known")?.detail ?? "", /more than 10 redirects/);
    },
  },
  {
    title: "well-known/redirect-insecure: a hop to plain http",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: redirect("http://plain.example.org/m") } });
      await net.web("plain.example.org", { port: 80, tls: null, routes: { "/m": { body: { "m.server": "matrix.example.org:443" } } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/redirect-insecure warning", "well-known/redirected info"],
    verdict: "warn",
  },
  {
    title: "well-known/too-large: 12,288 bytes are too many for the conduwuit family",
    async network(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: {
            body: JSON.stringify({ "m.server": "matrix.example.org:443", x: "x".repeat(13_000) }),
            headers: { "content-type": "application/json" },
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/too-large warning"],
    verdict: "warn",
  },
  {
    title: "well-known/too-large: 51,200 bytes are too many for Synapse",
    async network(net) {
      await net.web("example.org", {
        routes: {
          [PATH]: {
            body: JSON.stringify({ "m.server": "matrix.example.org:443", x: "x".repeat(52_000) }),
            headers: { "content-type": "application/json" },
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/too-large error"],
    verdict: "fail",
    and: (report) => assert.equal(report.route?.via, "well-known"),
  },
  {
    title: "well-known/content-type: JSON as text/html is only untidy",
    async network(net) {
      await net.web("example.org", {
        routes: { [PATH]: { body: '{"m.server":"matrix.example.org:443"}', headers: { "content-type": "text/html" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/content-type info"],
    verdict: "pass",
  },
  {
    title: "well-known/case: M.SERVER is only read by Go",
    network: beside({ body: { "M.SERVER": "matrix.example.org:443" } }),
    finds: ["well-known/case warning"],
    verdict: "warn",
  },
  {
    title:
      "a script's answer, with LF at the ends of lines, and a field value over several lines of nginx's configuration: nothing is wrong",
    async network(net) {
      const field = "Content-Security-Policy: default-src 'self';\n    script-src 'self'";
      const body = JSON.stringify({ "m.server": "matrix.example.org:443" });
      const raw = `HTTP/1.1 200 OK\nContent-Type: application/json\n${field}\nContent-Length: ${body.length}\nConnection: close\n\n${body}`;
      await net.web("example.org", { routes: { [PATH]: { raw } } });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: [],
    verdict: "pass",
  },
  {
    title: "well-known/split: another value on the second address",
    async network(net) {
      const [, second] = await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        routes: {
          [PATH]: (request, response) => {
            const old = request.socket.localAddress === "::1";
            response.setHeader("content-type", "application/json");
            response.end(JSON.stringify({ "m.server": old ? "old.example.org:443" : "matrix.example.org:443" }));
          },
        },
      });
      assert.ok(second);
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/split error"],
    verdict: "fail",
    and({ reach }) {
      const [synapse] = reach;
      assert.deepEqual([synapse?.reaches, synapse?.because], ["sometimes", ["well-known/split"]]);
    },
  },
  ...splits(),
  {
    title: "well-known/redirect-lost: to a scheme that nobody follows",
    async network(net) {
      await net.web("example.org", { routes: { [PATH]: { status: 302, headers: { location: "ftp://example.org/server" } } } });
      await net.closed("example.org", 8448);
    },
    finds: ["well-known/redirect-lost error", "connect/refused error < well-known/redirect-lost"],
    verdict: "fail",
    and({ findings }) {
      assert.equal(findings[0]?.affects, "all");
    },
  },
  {
    title: "well-known/address-failed: the body stalls at one of two addresses",
    options: TIMEOUT,
    async network(net) {
      const body = JSON.stringify({ "m.server": "matrix.example.org:443" });
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        routes: {
          [PATH]: (request, response) => {
            response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
            if (request.socket.localAddress === "::1") response.write(body.slice(0, 5));
            else response.end(body);
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/address-failed warning"],
    verdict: "warn",
    and({ findings, reach }) {
      assert.ok(findings[0]?.affects.includes("Synapse"));
      assert.deepEqual(reach[0]?.because, ["well-known/address-failed"]);
    },
  },
  {
    title: "well-known/split: a 404 on the second address",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        routes: {
          [PATH]: (request, response) => {
            response.statusCode = request.socket.localAddress === "::1" ? 404 : 200;
            response.setHeader("content-type", "application/json");
            response.end(response.statusCode === 404 ? "no" : JSON.stringify({ "m.server": "matrix.example.org:443" }));
          },
        },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/split error"],
    verdict: "fail",
  },
  {
    title: "well-known/address-failed: the second address refuses",
    async network(net) {
      await delegation(net, "matrix.example.org:443");
      net.publish("example.org", { AAAA: ["::1"] });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443 });
    },
    finds: ["well-known/address-failed warning"],
    verdict: "warn",
  },
  {
    title: "the same answer on two addresses is no split",
    async network(net) {
      await net.web("example.org", {
        addresses: ["127.0.0.1", "::1"],
        routes: { [PATH]: { body: { "m.server": "matrix.example.org:443" } } },
      });
      await net.homeserver("example.org", { host: "matrix.example.org", port: 443, addresses: ["127.0.0.1", "::1"] });
    },
    finds: [],
    verdict: "pass",
  },
]);
