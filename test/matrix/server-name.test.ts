// Server names: the grammar, what was meant by things that break it, labels that Synapse refuses.
import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatHostPort, hasUppercase, oddLabel, parseServerName } from "../../src/matrix/server-name.ts";
import { isIpv4, isIpv6 } from "../../src/matrix/server-name-grammar.ts";

const label63 = "a".repeat(63);
const name253 = [label63, label63, label63, "b".repeat(61)].join(".");

describe("valid server names", () => {
  const rows: [text: string, kind: string, host: string, dnsHost: string, port: number | null, finalDot?: boolean][] = [
    // the examples of the appendix
    ["matrix.org", "dns", "matrix.org", "matrix.org", null],
    ["matrix.org:8888", "dns", "matrix.org", "matrix.org", 8888],
    ["1.2.3.4", "ipv4", "1.2.3.4", "1.2.3.4", null],
    ["1.2.3.4:1234", "ipv4", "1.2.3.4", "1.2.3.4", 1234],
    ["[1234:5678::abcd]", "ipv6", "1234:5678::abcd", "1234:5678::abcd", null],
    ["[1234:5678::abcd]:5678", "ipv6", "1234:5678::abcd", "1234:5678::abcd", 5678],
    ["localhost", "dns", "localhost", "localhost", null],
    ["Example.COM", "dns", "Example.COM", "example.com", null],
    ["example.com:00443", "dns", "example.com", "example.com", 443],
    ["example.com:1", "dns", "example.com", "example.com", 1],
    ["example.com:65535", "dns", "example.com", "example.com", 65535],
    ["example.com.", "dns", "example.com.", "example.com", null, true],
    ["example.com.:8448", "dns", "example.com.", "example.com", 8448, true],
    ["-odd-.example.com", "dns", "-odd-.example.com", "-odd-.example.com", null],
    ["1.2.3", "dns", "1.2.3", "1.2.3", null],
    ["1.2.3.4.5", "dns", "1.2.3.4.5", "1.2.3.4.5", null],
    ["[::]", "ipv6", "::", "::", null],
    ["[2001:DB8:0:0:0:0:0:1]", "ipv6", "2001:DB8:0:0:0:0:0:1", "2001:db8::1", null],
    ["[::ffff:192.0.2.1]", "ipv6", "::ffff:192.0.2.1", "::ffff:c000:201", null],
    ["[1:2:3:4:5:6:7::]", "ipv6", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", null],
    ["matrix:8448", "dns", "matrix", "matrix", 8448],
    [name253, "dns", name253, name253, null],
    [`${name253}.`, "dns", `${name253}.`, name253, null, true],
  ];
  for (const [text, kind, host, dnsHost, port, finalDot = false] of rows) {
    it(text.slice(0, 60), () => {
      const result = parseServerName(text);
      assert.ok(result.ok, "problem" in result ? result.problem : "");
      const portText = port === null ? null : text.slice(text.lastIndexOf(":") + 1);
      assert.deepEqual(result.name, { text, kind, host, dnsHost, port, portText, finalDot });
    });
  }
});

describe("what is not a server name, and what was meant", () => {
  const rows: [text: string, fault: string, meant: string | null, problem?: RegExp][] = [
    ["", "empty", null],
    [" ", "whitespace", null],
    // URLs and URIs
    ["https://example.com/", "scheme", "example.com", /"https:"/],
    ["HTTPS://example.com", "scheme", "example.com"],
    ["http://example.com:8448/_matrix?x#y", "scheme", "example.com:8448"],
    ["  https://user:pw@example.com/ ", "scheme", "example.com"],
    ["https://[2001:db8::1]:8448/", "scheme", "[2001:db8::1]:8448"],
    ["https:///", "scheme", null],
    ["https:/example.com", "scheme", "example.com"],
    ["matrix://example.com", "scheme", "example.com"],
    ["https://exämple.com/", "scheme", "xn--exmple-cua.com"],
    ["https://matrix.to/#/@alice:example.com", "scheme", "example.com"],
    ["https://matrix.to/#/#room:example.com?via=example.org", "scheme", "example.com"],
    ["https://matrix.to/#/%23room%3Aexample.com", "scheme", "example.com"],
    ["https://matrix.to/#/!room:example.com:8448/$event:example.org", "scheme", "example.com:8448"],
    ["https://matrix.to/#/%ff", "scheme", null],
    ["matrix.to/#/@alice:example.com", "path", "example.com"],
    ["matrix:u/alice:example.com", "scheme", "example.com"],
    ["matrix:roomid/room:example.com/e/event?via=example.org", "scheme", "example.com"],
    // identifiers
    ["@alice:example.com", "user-id", "example.com", /user ID/],
    ["@alice:example.com:8448", "user-id", "example.com:8448"],
    ["@alice:[2001:db8::1]", "user-id", "[2001:db8::1]"],
    ["#room:example.com", "user-id", "example.com", /room alias/],
    ["!room:example.com", "user-id", "example.com", /room ID/],
    ["!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", "user-id", null],
    ["@alice", "user-id", null],
    ["alice@example.com", "user-id", "example.com"],
    ["mailto:alice@example.com", "user-id", "example.com"],
    ["alice:example.com", "port", "example.com"],
    // paths and spaces
    ["example.com/", "path", "example.com"],
    ["example.com:8448/", "path", "example.com:8448"],
    ["example.com:/", "path", "example.com"],
    ["//example.com/", "path", "example.com"],
    ["example.com\\", "path", "example.com"],
    ["example.com?", "path", "example.com"],
    [" example.com", "whitespace", "example.com", /U\+0020.*character 1;/],
    ["example.com\n", "whitespace", "example.com", /U\+000A/],
    ["\ufeffexample.com", "whitespace", "example.com", /U\+FEFF/],
    ["example.com example.org", "whitespace", null],
    // characters
    ["exämple.com", "non-ascii", "xn--exmple-cua.com", /"ä" \(U\+00E4\)/],
    ["exämple.com:8448", "non-ascii", "xn--exmple-cua.com:8448"],
    ["例え。jp", "non-ascii", "xn--r8jz45g.jp"],
    ["exam\u200bple.com", "non-ascii", "example.com", /There is U\+200B at/],
    ["\u202eexample.com", "non-ascii", null, /There is U\+202E at/],
    ["\ud800", "non-ascii", null, /U\+D800/],
    ["a_b.example.com", "underscore", null, /"_" at character 2/],
    ["_matrix._tcp.example.com", "underscore", "example.com"],
    ["_matrix-fed._tcp.example.com.", "underscore", "example.com"],
    ["*.example.com", "other", "example.com", /"\*"/],
    ["a\u0000b", "other", null, /U\+0000/],
    ["example.com,", "other", "example.com"],
    // labels
    ["a..b", "other", "a.b", /empty label/],
    [".example.com", "other", "example.com", /empty label/],
    ["example.com..", "other", "example.com", /empty label/],
    [".", "other", null],
    [`${label63}a.com`, "other", null, /64 characters/],
    [`${name253}b`, "other", null, /254 characters/],
    ["a.".repeat(200), "other", null, /400 characters/],
    ["x".repeat(5000), "other", null, /5000 characters/],
    // IPv4
    ["1.2.3.256", "other", null, /IPv4/],
    ["01.2.3.4", "other", null, /leading zero/],
    ["1.2.3.4.", "other", "1.2.3.4", /final dot/],
    ["1234.1.1.1", "other", null, /IPv4/],
    ["999999999999.1.1.1:80", "other", null, /IPv4/],
    // IPv6
    ["2001:db8::1", "bare-ipv6", "[2001:db8::1]"],
    ["::", "bare-ipv6", "[::]"],
    ["1:2:3:4:5:6:7:8:8448", "bare-ipv6", "[1:2:3:4:5:6:7:8]:8448"],
    ["fe80::1%eth0", "bare-ipv6", null],
    ["[fe80::1%eth0]", "other", null, /zone/],
    ["[2001:db8::1", "other", null, /"\]"/],
    ["[2001:db8::1]8448", "other", null, /colon/],
    ["[2001:db8::1]:", "port", "[2001:db8::1]"],
    ["[2001:db8:::1]", "other", null, /isn't an IPv6 address/],
    ["[::1.2.3.256]", "other", null],
    ["[1.2.3.4::]", "other", null],
    ["[12345::]", "other", null],
    ["[1:2:3:4::5:6:7:8]", "other", null],
    ["[1:2:3:4:5:6:7]", "other", null],
    ["[example.com]:8448", "other", "example.com:8448"],
    ["[1.2.3.4]", "other", "1.2.3.4"],
    ["[]", "other", null],
    // ports
    ["example.com:", "port", "example.com", /no port/],
    ["example.com:0", "port", "example.com", /port is 0/],
    ["example.com:65536", "port", null, /65536/],
    ["example.com:008448", "port", null, /6 digits/],
    ["example.com:84a8", "port", null, /"a"/],
    ["example.com:+443", "port", null, /"\+"/],
    ["example.com:-1", "port", null, /"-"/],
    ["example.com:443:443", "other", null, /more than one colon/],
    [":8448", "other", null, /no host/],
  ];
  for (const [text, fault, meant, problem = /^[A-Z].*\.$/] of rows) {
    it(JSON.stringify(text.slice(0, 60)), () => {
      const result = parseServerName(text);
      assert.ok(!result.ok);
      assert.deepEqual({ fault: result.fault, meant: result.meant }, { fault, meant });
      assert.match(result.problem, problem);
      assert.match(result.problem, /^[^\p{C}]+\.$/u, "one harmless sentence");
    });
  }
});

describe("server name properties", () => {
  const pieces = fc
    .array(
      fc.constantFrom(
        "a",
        "B",
        "9",
        "-",
        "_",
        ".",
        ":",
        "[",
        "]",
        "::",
        "/",
        "@",
        "#",
        "%",
        " ",
        "ä",
        "xn--",
        "https://",
        "matrix:u/",
        "matrix.to/#/",
        "255",
        "0",
        "fe80",
        "*",
        "\u202e",
        "\ud83d",
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(""));
  const hostileText = fc.oneof(fc.string({ unit: "binary" }), pieces);

  it("never throws; problems are harmless; what was meant is itself a name", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const result = parseServerName(text);
        if (result.ok) return;
        assert.match(result.problem, /^[^\p{C}]+\.$/u);
        if (result.meant !== null) assert.ok(parseServerName(result.meant).ok, result.meant);
      }),
      { numRuns: 2000 },
    );
  });

  it("a name is put together again from its parts", () => {
    const dnsLabel = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,20}$/);
    const dns = fc.array(dnsLabel, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
    const host = fc.oneof(
      dns,
      dns.map((name) => `${name}.`),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    const port = fc.option(fc.integer({ min: 1, max: 65535 }));
    fc.assert(
      fc.property(host, port, (hostText, portNumber) => {
        const text = portNumber === null ? hostText : `${hostText}:${portNumber}`;
        const result = parseServerName(text);
        // all-numeric labels can make a broken IPv4 address
        if (!result.ok && /^[0-9.]+$/.test(hostText)) return;
        assert.ok(result.ok, text);
        assert.equal(formatHostPort(result.name.host, result.name.port), text);
        assert.equal(result.name.text, text);
        assert.equal(result.name.finalDot, hostText.endsWith("."));
      }),
    );
  });

  it("knows the same addresses as node:net, zones aside", () => {
    const nearly = fc
      .array(fc.constantFrom("1", "ff", "12345", ":", "::", "1.2.3.4", "01.2.3.4", "256", ".", "g"), { maxLength: 17 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.ipV6(), fc.ipV4(), fc.string()), (text) => {
        assert.equal(isIpv6(text), isIPv6(text) && !text.includes("%"));
        assert.equal(isIpv4(text), isIPv4(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("a megabyte of anything is answered at once", () => {
    for (const unit of ["a", ".", ":", " ", "[", "a.", "%", "@", "://", "ä", "\\", "1."]) {
      assert.equal(parseServerName(unit.repeat(2 ** 20)).ok, false);
    }
  });
});

describe("odd labels", () => {
  const rows: [host: string, label: string | null, problem?: RegExp, underscore?: boolean][] = [
    ["example.com", null],
    ["example.com.", null],
    ["1.2.3.4", null],
    ["2001:db8::1", null],
    ["a-b.c--d.ef---g.com", "ef---g", /third and fourth/],
    ["a.c--d.com", null],
    ["-a.example.com", "-a", /starts with a hyphen/],
    ["a-.example.com", "a-", /ends with a hyphen/],
    ["ab--c.example.com", "ab--c", /"xn--"/],
    ["xn--exmple-cua.com", null],
    ["XN--EXMPLE-CUA.com", null],
    ["xn--fa-hia.de", null],
    ["xn--mgbh0fb.xn--kgbechtv", null],
    ["xn--.com", "xn--", /hyphen/],
    ["xn--a.com", "xn--a", /A-label/],
    ["xn--abc-.com", "xn--abc-", /hyphen/],
    ["xn--a-ecp.com", "xn--a-ecp", /A-label/],
    ["xn--ygb81b.example", null], // U+0633 U+06FD: a sign that RFC 5892, 2.6 allows
    ["xn--i-7iq.ws", "xn--i-7iq", /symbol/],
    ["xn--strae-oqa.de", null], // straße
    ["xn--nxasmm1c.gr", null], // βόλος, with a final sigma
    ["XN--EXMPLE-CUA.com", null],
    ["xn--eda9a.example", null], // ÿí
    ["xn--a-28h.example", null], // U+13A0, a Cherokee capital
    ["xn--a-vp5e.example", "xn--a-vp5e", /A-label/], // U+AB70, its small letter
    ["xn--hallo-.com", "xn--hallo-", /hyphen/],
    ["xn---abc.com", "xn---abc", /A-label/], // a delimiter with nothing before it
    ["xn--zzzzzzzzzzzz.com", "xn--zzzzzzzzzzzz", /A-label/], // beyond Unicode
    ["xn--a-vca.com", "xn--a-vca", /A-label/], // a soft hyphen
    ["xn--a-6ba.com", "xn--a-6ba", /A-label/], // ¡
    ["xn--a-tfb.com", "xn--a-tfb", /A-label/], // U+0345, which folding changes
    ["a_b.example.com", null],
    ["a_b.example.com", "a_b", /"_"/, true],
    ["_.-a.com", "_", /"_"/, true],
  ];
  for (const [host, label, problem = /./, underscore = false] of rows) {
    it(`${host}${underscore ? " with underscore" : ""}`, () => {
      const found = oddLabel(host, { underscore });
      assert.equal(found?.label ?? null, label);
      if (found !== null) assert.match(found.problem, problem);
    });
  }
  it("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void oddLabel(`xn--${text}`, { underscore: true })));
  });
});

it("hasUppercase", () => {
  assert.deepEqual(["example.com", "Example.com", "[2001:DB8::1]", "1.2.3.4"].map(hasUppercase), [false, true, true, false]);
});

it("formatHostPort", () => {
  assert.equal(formatHostPort("example.com", 8448), "example.com:8448");
  assert.equal(formatHostPort("2001:db8::1", 8448), "[2001:db8::1]:8448");
  assert.equal(formatHostPort("2001:db8::1", null), "[2001:db8::1]");
});
