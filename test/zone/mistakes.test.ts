/** The typical mistakes: each named with its line, and nothing said of files that only look like it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseZoneFile } from "../../src/zone/parse.ts";

const SOA = "@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n";

/** `kind line written→became`, with `(meant)` and other lines. */
function found(text: string, origin = "example.com"): string[] {
  return parseZoneFile(text, { file: "db", origin }).mistakes.map(({ kind, line, name, written, became, meant, otherLines }) =>
    [
      kind,
      line,
      name,
      ...(written === null ? [] : [JSON.stringify(written)]),
      ...(became === null ? [] : [`→ ${became}`]),
      ...(meant === null ? [] : [`(${meant})`]),
      ...(otherLines.length > 0 ? [`beside ${otherLines.join(",")}`] : []),
    ].join(" "),
  );
}

const FOUND: [title: string, text: string, mistakes: string[]][] = [
  [
    "an SRV target inside the zone without the dot",
    "_matrix-fed._tcp SRV 10 5 8448 hs.example.com\nhs A 192.0.2.1",
    ['missing-final-dot 2 _matrix-fed._tcp.example.com "hs.example.com" → hs.example.com.example.com (hs.example.com.)'],
  ],
  [
    "an owner without the dot",
    "hs.example.com A 192.0.2.1",
    ['missing-final-dot 2 hs.example.com.example.com "hs.example.com" → hs.example.com.example.com (hs.example.com.)'],
  ],
  [
    "the zone's own name without the dot, as an alias' target",
    "www CNAME Example.com",
    ['missing-final-dot 2 www.example.com "Example.com" → Example.com.example.com (Example.com.)'],
  ],
  [
    "targets elsewhere without the dot, by their top-level domain",
    "a CNAME x.provider.net\nb MX 10 mx.provider.co.uk\nc NS ns1.provider.net\nd SRV 0 0 1 hs.provider.net",
    ["a x.provider.net", "b mx.provider.co.uk", "c ns1.provider.net", "d hs.provider.net"].map((each, i) => {
      const [owner, target] = each.split(" ");
      return `missing-final-dot ${i + 2} ${owner}.example.com "${target}" → ${target}.example.com (${target}.)`;
    }),
  ],
  [
    "a target that only the zone's wildcard has",
    "* A 192.0.2.1\nd SRV 0 0 1 hs.provider.net",
    ['missing-final-dot 3 d.example.com "hs.provider.net" → hs.provider.net.example.com (hs.provider.net.)'],
  ],
  [
    "$ORIGIN without the dot",
    "$ORIGIN sub.example.com\na A 192.0.2.1",
    ['missing-final-dot 2 sub.example.com.example.com "sub.example.com" → sub.example.com.example.com (sub.example.com.)'],
  ],
  [
    "the line of the name in a record over several lines",
    "_matrix-fed._tcp SRV (\n 10 5 8448\n hs.example.com )",
    ['missing-final-dot 4 _matrix-fed._tcp.example.com "hs.example.com" → hs.example.com.example.com (hs.example.com.)'],
  ],
  [
    "addresses as targets, with and without the dot",
    "a CNAME 192.0.2.1\nb SRV 0 0 1 192.0.2.1.\nc MX 1 2001:db8::1",
    [
      'target-is-address 2 a.example.com "192.0.2.1" → 192.0.2.1.example.com',
      'target-is-address 3 b.example.com "192.0.2.1." → 192.0.2.1',
      'target-is-address 4 c.example.com "2001:db8::1" → 2001:db8::1.example.com',
    ],
  ],
  [
    "a CNAME beside other records, in any case",
    "www A 192.0.2.1\nWWW CNAME @\nwww TXT x",
    ["cname-and-other 3 WWW.example.com beside 2,4"],
  ],
  ["a CNAME at the zone's name", "@ CNAME x.provider.net.", ["cname-and-other 2 example.com beside 1"]],
  ["two CNAMEs of a name", "www CNAME a.provider.net.\nwww CNAME b.provider.net.", ["several-cnames 3 www.example.com beside 2"]],
  [
    "an SRV target that is a CNAME",
    "_matrix-fed._tcp SRV 10 5 8448 hs\nhs CNAME x\nx A 192.0.2.1",
    ["srv-target-is-cname 2 _matrix-fed._tcp.example.com → hs.example.com beside 3"],
  ],
  [
    "SRV targets without an address",
    "_a._tcp SRV 1 1 1 hs\n_b._tcp SRV 1 1 1 txt\ntxt TXT x",
    [
      "srv-target-without-address 2 _a._tcp.example.com → hs.example.com",
      "srv-target-without-address 3 _b._tcp.example.com → txt.example.com",
    ],
  ],
  [
    "an SRV target of another zone without its dot, below a name of no public zone",
    "_a._tcp SRV 1 1 1 hs.hosting.example\n_b._tcp SRV 1 1 1 hs.lan\n_c._tcp SRV 1 1 1 hs.home.arpa\nd CNAME hs.internal\nhs.local A 192.0.2.1\n_e._tcp SRV 1 1 1 hs.local",
    [
      'missing-final-dot 2 _a._tcp.example.com "hs.hosting.example" → hs.hosting.example.example.com (hs.hosting.example.)',
      'missing-final-dot 3 _b._tcp.example.com "hs.lan" → hs.lan.example.com (hs.lan.)',
      'missing-final-dot 4 _c._tcp.example.com "hs.home.arpa" → hs.home.arpa.example.com (hs.home.arpa.)',
      'missing-final-dot 5 d.example.com "hs.internal" → hs.internal.example.com (hs.internal.)',
    ],
  ],
  [
    "SRV targets with a port, and with a dot inside, that may be complete",
    "_a._tcp SRV 1 1 1 hs.example.net.:8448\n_b._tcp SRV 1 1 1 hs.dc2",
    [
      'srv-target-without-address 2 _a._tcp.example.com "hs.example.net.:8448" → hs.example.net.:8448.example.com',
      'srv-target-without-address 3 _b._tcp.example.com "hs.dc2" → hs.dc2.example.com',
    ],
  ],
  [
    "SRV records with three and five fields; the others are read",
    "a SRV 10 8448 hs.example.com.\nb SRV 0 10 5 8448 hs\nhs A 192.0.2.1",
    ['srv-fields 2 a.example.com "10 8448 hs.example.com."', 'srv-fields 3 b.example.com "0 10 5 8448 hs"'],
  ],
  ["two SOA records", "@ 60 SOA ns2 h 2 2h 1h 4w 300", ["several-soa 2 example.com beside 1"]],
  ["the same record twice", "a A 192.0.2.1\nb A 192.0.2.1\nA 60 IN A 192.0.2.1", ["duplicate-record 4 A.example.com beside 2"]],
  [
    "@ as a label, as GoDaddy's export has it",
    "_matrix-fed._tcp.@ SRV 10 5 8448 hs\nhs A 192.0.2.1",
    ['at-sign 2 _matrix-fed._tcp.@.example.com "_matrix-fed._tcp.@" → _matrix-fed._tcp.@.example.com (_matrix-fed._tcp.example.com.)'],
  ],
  ...(
    [
      ["matrix-fed._tcp", ""],
      ["_matrix-fed.tcp", ""],
      ["_matrix_fed._tcp", ""],
      ["_matrixfed._tcp", ""],
      ["_martix-fed._tcp", ""],
      ["_matrix-fed", ""],
      ["_matrix-fed-tcp", ""],
      ["_matrix-fed._tpc", ""],
      ["_matrix._fed._tcp", ""],
      ["_tcp._matrix-fed", ""],
      ["_matrix.tcp", ""],
      ["matrix._tcp", ""],
      ["_matrix-fed._tls", ""],
      ["_tcp", ""],
      ["@", ""],
      ["_matrix-fed.tcp.chat", "chat."],
    ] as const
  ).map(([written, base]): [string, string, string[]] => {
    const name = written === "@" ? "example.com" : `${written}.example.com`;
    return [
      `an SRV record named ${written}`,
      `${written} SRV 10 5 8448 hs\nhs A 192.0.2.1`,
      [`near-miss 2 ${name} → ${name} (_matrix-fed._tcp.${base}example.com.)`],
    ];
  }),
  [
    "a TXT record where an SRV record must stand",
    '_matrix-fed._tcp TXT "10 5 8448 hs.example.com"',
    ["near-miss 2 _matrix-fed._tcp.example.com → _matrix-fed._tcp.example.com (_matrix-fed._tcp.example.com.)"],
  ],
  [
    "the service's name with a final dot that is too many",
    "_matrix-fed._tcp. SRV 10 5 8448 hs\nhs A 192.0.2.1",
    [
      "outside-zone 2 _matrix-fed._tcp → _matrix-fed._tcp",
      "near-miss 2 _matrix-fed._tcp → _matrix-fed._tcp (_matrix-fed._tcp.example.com.)",
    ],
  ],
  ["types that aren't known, once", "a URL301 x\nb url301 y\nc A 192.0.2.1", ["unknown-type 2 a.example.com beside 3"]],
  ["comments with other signs", "# one\n// two\nc A 192.0.2.1 # home", ["comment-sign 2  beside 3", "comment-sign 4 c.example.com"]],
  ["a record of another zone", "a.example.org. A 192.0.2.1", ["outside-zone 2 a.example.org → a.example.org"]],
];
for (const [title, text, mistakes] of FOUND) test(`finds ${title}`, () => assert.deepEqual(found(SOA + text), mistakes));

test("finds that there is no SOA record", () => assert.deepEqual(found("a 60 A 192.0.2.1"), ["no-soa 1 example.com"]));

const QUIET: [title: string, text: string][] = [
  [
    "a healthy zone",
    "@ NS ns1.provider.net.\n@ A 192.0.2.1\n_matrix-fed._tcp SRV 10 5 8448 hs\nhs A 192.0.2.1\nwww CNAME @\n_x._tcp SRV 0 0 0 .",
  ],
  ["a relative name of several labels that exists", "a CNAME web.dev\nweb.dev A 192.0.2.1"],
  ["a relative name that exists by a wildcard below the zone's name", "a CNAME web.dev\n*.dev A 192.0.2.1"],
  ["an owner that looks like another domain", "web.dev A 192.0.2.1\nexample.org._report._dmarc TXT x"],
  ["a relative target that is no public name", "a CNAME web.internal-thing\nb CNAME x._domainkey"],
  ["a target in a delegated part", "sub NS ns1.provider.net.\na CNAME x.app.sub\nb SRV 1 1 1 y.dev.sub"],
  ["several addresses, and several SRV records", "a A 192.0.2.1\na A 192.0.2.2\n_a._tcp SRV 1 1 1 a\n_a._tcp SRV 1 2 1 a"],
  ["signatures beside a CNAME", "a CNAME @\na RRSIG CNAME 13 3 60 20300101000000 20200101000000 1 example.com. abcd"],
  ["an ALIAS beside other records", "@ ALIAS x.provider.net.\n@ MX 10 mx.provider.net.\n_a._tcp SRV 1 1 1 @"],
  ["the SOA record at the end once more, as a zone transfer has it", SOA.trim()],
  ["what BIND's dumps say under the root", "$ORIGIN .\na.example.com A 192.0.2.1\nb.example.com CNAME a.example.com"],
  ["a near miss beside the right record", "_matrix-fed._tcp SRV 10 5 8448 hs\n_matrix_fed._tcp SRV 10 5 8448 hs\nhs A 192.0.2.1"],
  [
    "other services",
    "_matrix-identity._tcp SRV 1 1 1 a\n_matrix-rtc._tcp SRV 1 1 1 a\n_sip._tls SRV 1 1 1 a\n_xmpp-server._tcp SRV 1 1 1 a\n_turn._tcp SRV 1 1 1 a\nmatrix CNAME a\n_dmarc.matrix TXT x\nmatrix._domainkey TXT x\na A 192.0.2.1",
  ],
  [
    "Cloudflare's flattened CNAME at the zone's name, and a proxied one as SRV target",
    "@ 1 CNAME x.provider.net. ; cf_tags=cf-proxied:true\n_a._tcp SRV 1 1 1 hs\nhs CNAME y.provider.net. ; note cf_tags=cf-proxied:true",
  ],
  ["wildcards with SRV records", "*._tcp SRV 10 5 8448 hs\n* SRV 10 5 8448 hs\n_tcp.* SRV 10 5 8448 hs\nhs A 192.0.2.1"],
  ["LUA and ALIAS", "hs LUA A \"ifportup(443, {'192.0.2.1'})\"\n@ ALIAS x.provider.net."],
  ["an SRV target by wildcard, and in IPv6 only", "* AAAA 2001:db8::1\n_a._tcp SRV 1 1 1 hs"],
];
const EXPORTS: [title: string, text: string, origin?: string][] = [
  [
    "Cloudflare's export, which has the zone's own name without the dot",
    ";; Domain:     example.com.\n;; Exported:   2026-11-01 10:00:00\nexample.com\t3600\tIN\tSOA\ta. b. 1 2 3 4 5\nexample.com\t60\tIN\tNS\ta.\n",
  ],
  [
    "the same without its first lines",
    "example.com\t3600\tIN\tSOA\tbob.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5\nexample.com 60 NS a.\n",
  ],
  ["the same, and its name is given", "; Exported (2026-11-01)\nexample.com 60 SOA a. b. 1 2 3 4 5\nexample.com 60 NS a.\n", "example.com"],
];
for (const [title, text, origin] of EXPORTS)
  test(`is quiet about ${title}`, () => {
    const { mistakes, records } = parseZoneFile(text, { file: "db", ...(origin !== undefined && { origin }) });
    assert.deepEqual([mistakes, records.map(({ name }) => name)], [[], ["example.com", "example.com"]]);
  });

test("finds the dot that an export with an $ORIGIN lacks", () =>
  assert.equal(found("; Exported: 2026\n$ORIGIN example.com.\nexample.com 60 SOA a. b. 1 2 3 4 5\n").length, 1));

for (const [title, text] of QUIET) test(`is quiet about ${title}`, () => assert.deepEqual(found(SOA + text), []));
