/** What is read of a zone file, word for word: its records and its mistakes, or why it is none. */
import { includesIn } from "../../src/zone/includes.ts";
import { parseZoneFile } from "../../src/zone/parse.ts";
import { servicesIn } from "../../src/zone/mistakes.ts";
import { texts } from "../rules/texts.ts";

const SOA = "@ 60 IN SOA ns1.provider.net. hostmaster 1 2h 1h 4w 300\n";

function read(text: string, options: Parameters<typeof parseZoneFile>[1]): string {
  try {
    const zone = parseZoneFile(text, options);
    const records = zone.records.map(({ type, data, name, ttl, line, ...more }) =>
      [`${more.file ?? ""}${line}`, name, ttl, type, JSON.stringify(data), ...(more.proxied === true ? ["proxied"] : [])].join(" "),
    );
    const mistakes = zone.mistakes.map(({ kind, line, name, type, written, became, meant, otherLines, file, problem }) =>
      [
        `! ${kind} at ${file ?? ""}${line}:`,
        name,
        type,
        ...(written === null ? [] : [`wrote ${written}`]),
        ...(became === null ? [] : [`became ${became}`]),
        ...(meant === null ? [] : [`meant ${meant}`]),
        ...(otherLines.length > 0 ? [`beside ${otherLines.join(",")}`] : []),
        ...(problem === undefined ? [] : [problem]),
      ].join(" "),
    );
    const services = servicesIn(zone).map(({ service, base, line, file }) => `service ${service} of ${base} at ${file ?? ""}${line}`);
    return [`zone ${zone.origin}${zone.cloudflare ? ", Cloudflare's" : ""}`, ...records, ...mistakes, ...services, ""].join("\n");
  } catch (error) {
    return `${(error as Error).message}\n`;
  }
}

const said = texts("zone-read");

/** Below an SOA record of example.com. */
const BELOW: Record<string, string> = {
  "names and TTLs": "a 1h A 192.0.2.1\n b A 192.0.2.2\n A 192.0.2.3\n 1d IN AAAA 2001:db8::1\nIN 60 A 192.0.2.4\n",
  "class and TTL in either order": "a IN 60 A 192.0.2.1\nb 60 IN A 192.0.2.1\nc CH A 192.0.2.1\nd A\n",
  "TTLs that are none": "a 1x A 192.0.2.1\nb 99999999999 A 192.0.2.1\nc 1h30 A 192.0.2.1\nd -1 A 192.0.2.1\ne x1h A 192.0.2.1\n",
  $TTL: "$TTL 1h\na A 192.0.2.1\n$TTL\n$TTL 1 2\n$TTL 60 # short\nb A 192.0.2.1\n$TTL x\n",
  $ORIGIN: "$ORIGIN sub\na A 192.0.2.1\n$ORIGIN other.example.com.\nb A 192.0.2.1\n$ORIGIN\n$ORIGIN a b\n$ORIGIN c // d\ne A 192.0.2.1\n",
  "unknown directives": '$FOO x\n $TTL 5\n"$TTL" A 192.0.2.1\n',
  $GENERATE: "$GENERATE 1-2 h$ A 192.0.2.$\n$GENERATE 1-2 h$\n",
  parentheses: "a A (\n 192.0.2.1 ; one\n)\nb ( A 192.0.2.2 )\n( c A 192.0.2.3\n)\n",
  "a parenthesis that is never closed": "a A ( 192.0.2.1\nb A 192.0.2.2\n",
  "a parenthesis that is closed without being opened": "a A 192.0.2.1 )\nb A 192.0.2.2\n",
  "many parentheses that are never closed": Array.from({ length: 12 }, (_, index) => `a${index} A ( 192.0.2.1\n`).join(""),
  "a string that isn't closed": 'a TXT "x\nb A 192.0.2.2\n',
  "a string over two lines": 'a TXT "x\\\ny"\nb A 192.0.2.2\n',
  strings: 'a TXT "x;y" "a\\"b" \\065 x"y z"\nb TXT ""\n',
  "a backslash at the end": "a TXT x\\\nb A 192.0.2.2\n",
  "a backslash at the file's end": "a TXT x\\",
  "control characters": "a TXT x\u0001y\nb A 192.0.2.2\n",
  "a broken line below a name": 'a A 192.0.2.1\n TXT "x\nb A 192.0.2.2\n',
  "a broken line whose type isn't known": 'a XYZ "x\n',
  "a broken directive": '$TTL "60\na A 192.0.2.1\n',
  "a broken comment": "# it's \"x\na A 192.0.2.1\n",
  "a broken line with a name that can't be read": 'a..b TXT "x\n A 192.0.2.1\nc A 192.0.2.2\n',
  "a broken line that begins with a string": '"x\nc A 192.0.2.2\n',
  "a name in quotes": '"a" A 192.0.2.1\n',
  "comments in other signs":
    "# one\n## two\n#a A 192.0.2.1\n//x\n# b A 192.0.2.1\nc A 192.0.2.1 # d\ne TXT x # y\nf MX 10 g.example.com. // h\n",
  "types that aren't known": "a XYZ x y\nA XYZ z\nb WKS x\nc TYPE1 \\# 4 c0000201\nd x!y z\ne 60 IN\n",
  "misspelled types": "a AA 192.0.2.1\nb CNMAE c\n_matrix-fed._tcp SVR 1 1 1 hs\n",
  "RFC 3597":
    "a TYPE33 \\# 8 0001000220fb0000\nb TYPE28 \\# 16 20010db8000000000000000000000001\nc TYPE1 \\# 3 c00002\nd A \\# 4 c0000202\ne TYPE65280 \\# 0\n",
  "addresses that are none":
    "a A 192.0.2\nb A 192.0.2.256\nc AAAA 2001:db8:::1\nd AAAA 192.0.2.1\ne A 2001:db8::1\nf A 192.0.2.1 192.0.2.2\n",
  "SRV records":
    "_a._tcp SRV 1 2 3 h\n_b._tcp SRV 65535 65535 65535 .\n_c._tcp SRV 65536 1 1 h\n_d._tcp SRV 1 1 h\n_e._tcp SRV 1 1 1 1 h\n_f._tcp SRV a 1 1 h\n_g._tcp SRV 1 1 1\n_h._tcp SRV\n",
  "MX, NS, CNAME, PTR, DNAME": "a MX 1 b\na MX x b\na MX 1\nn NS b c\nc CNAME d\np PTR 192.0.2.1\nq DNAME r\n",
  "CAA and TXT": 'a CAA 0 issue "x"\nb CAA 256 issue x\nc CAA 0 issue\nd TXT\n',
  "two SOA records, one of another zone": "@ 60 SOA ns2 h 2 2h 1h 4w 300\nb.example.org. 60 SOA ns2 h 2 2h 1h 4w 300\n",
  "the SOA record at the end again": `a A 192.0.2.1\n${SOA}`,
  duplicates: "a TXT x\na TXT X\na TXT x\nb A 192.0.2.1\nB 70 A 192.0.2.1\nb AAAA 2001:db8::1\n",
  aliases: "a CNAME b\na CNAME c\na A 192.0.2.1\nd CNAME e\nd RRSIG x\nf CNAME .\n",
  "Cloudflare's marks":
    "a 1 IN A 192.0.2.1 ; cf_tags=cf-proxied:true\nb 1 IN A 192.0.2.1 ; cf_tags=cf-proxied:false\nc 1 IN CNAME d ; x cf_tags= cf_tags=cf-proxied:true\n@ 1 IN CNAME d.example.net. ; cf_tags=cf-proxied:true\n",
  "missing dots":
    "a CNAME b.example.com\nc MX 1 example.com\nd SRV 1 1 1 h.example.net\ne NS ns.example.co.uk\nf CNAME web.dev\nweb.dev A 192.0.2.1\n$ORIGIN sub.example.com.\ng CNAME h.sub.example.com\n",
  "addresses as targets": "a CNAME 192.0.2.1\nb SRV 1 1 1 192.0.2.1.\nc MX 1 2001:db8::1\nd NS 192.0.2.1\n",
  "at signs": "@.a A 192.0.2.1\nb.@ A 192.0.2.1\nc SRV 1 1 1 @\nd SRV 1 1 1 e.@\n@.@ A 192.0.2.1\n",
  services:
    "_matrix._tcp SRV 1 1 1 hs\n_matrix._tcp SRV 2 1 1 hs\n_MATRIX-fed._tcp.Sub SRV 1 1 1 hs\nhs A 192.0.2.1\n_sip._tcp SRV 1 1 1 hs\n",
  "near misses":
    "_matrixfed._tcp SRV 1 1 1 hs\n_matrixfed._tcp SRV 2 1 1 hs\n_matrix_fed._tcp.sub SRV 1 1 1 hs\n_matrix-fed._tcp.sub SRV 1 1 1 hs\n_matrix_fed._tcp.c CNAME x\n_matrix-fed._tcp.c CNAME y\nhs A 192.0.2.1\nx A 192.0.2.1\ny A 192.0.2.1\n",
  "near misses by type":
    "_matrix-fed._tcp A 192.0.2.1\n_matrix-fed._tcp.b AAAA 2001:db8::1\n_matrix-fed._tcp.c MX 1 hs.example.com.\n_matrix-fed._tcp.d TXT x\n_matrix-fed._tcp.e NS hs\nhs A 192.0.2.1\n",
  "near misses by name":
    "matrix.tcp SRV 1 1 1 hs\n_matrixx._tcp SRV 1 1 1 hs\n_matrixxx._tcp SRV 1 1 1 hs\n_mat._tcp SRV 1 1 1 hs\n_matrix-federation-service-x._tcp SRV 1 1 1 hs\n_matrix-identity._tcp SRV 1 1 1 hs\n_matrix-turn._tcp SRV 1 1 1 hs\n_turn._tcp SRV 1 1 1 hs\n_matrix SRV 1 1 8448 hs\n_matrix-fed.sub SRV 1 1 8448 hs\nhs A 192.0.2.1\n",
  "near misses of the protocol":
    "_matrix-fed._udp.a SRV 1 1 1 hs\n_matrixfed._tls SRV 1 1 1 hs\n_matrixfed._https.b SRV 1 1 1 hs\n_matrixfed._xyz.c SRV 1 1 1 hs\n_matrixfed._tc.d SRV 1 1 1 hs\n_matrixfed._t.e SRV 1 1 1 hs\n_tcp._matrix.f SRV 1 1 1 hs\ntcp._matrix.g SRV 1 1 1 hs\n_matrix-fed-tcp.h SRV 1 1 1 hs\n_matrix-fed_udp.i SRV 1 1 1 hs\n_matrix.fed.tcp.j SRV 1 1 1 hs\nhs A 192.0.2.1\n",
  "near misses by port":
    "@ SRV 1 1 8448 hs\nwww SRV 1 1 8448 hs\n_tcp.b SRV 1 1 8448 hs\n_x.c SRV 1 1 8448 hs\nd SRV 1 1 443 hs\nhs A 192.0.2.1\n",
  "twenty-one lines below a name that can't be read": `a..b A 192.0.2.1\n${" A 192.0.2.2\n".repeat(21)}`,
  "twenty-one comments": "# x\n".repeat(22),
  "twenty-two unknown types": "a XYZ x\n".repeat(22),
  "a blank line before any name": "",
};
for (const [title, text] of Object.entries(BELOW)) said(title, () => read(SOA + text, { file: "db", origin: "example.com" }));

const WHOLE: Record<string, [text: string, options: Parameters<typeof parseZoneFile>[1]]> = {
  nothing: ["", { file: "db", origin: "example.com" }],
  "the zone's name by the SOA record": ["example.com. 60 IN SOA ns h 1 2 3 4 5\na A 192.0.2.1\n", { file: "zone.txt" }],
  "the zone's name by the file's name": [SOA, { file: "example.com.zone" }],
  "the zone's name by a comment": [`; Domain: example.com\n${SOA}`, { file: "zone.txt" }],
  "the zone's name by $ORIGIN": [`$ORIGIN example.com.\n${SOA}a A 192.0.2.1\n`, { file: "zone.txt" }],
  "the zone's name by $ORIGIN without a dot": [`$ORIGIN example.com\n${SOA}`, { file: "zone.txt" }],
  "the zone's name by the SOA record without a dot": ["example.com 60 IN SOA ns h 1 2 3 4 5\na A 192.0.2.1\n", { file: "zone.txt" }],
  "the SOA record without a dot, and the origin is known": [
    "example.com 60 IN SOA ns h 1 2 3 4 5\na A 192.0.2.1\n",
    { file: "zone.txt", origin: "example.com" },
  ],
  "nowhere the zone's name": [SOA, { file: "zone.txt" }],
  "names in full, and no SOA record": ["a.example.com. 60 A 192.0.2.1\n", { file: "zone.txt" }],
  "an SOA record that can't be read": ["@ 60 IN SOA ns\na A 192.0.2.1\n", { file: "db", origin: "example.com" }],
  "another zone's SOA record": [SOA, { file: "db.example.org", origin: "example.org" }],
  "an SOA record of another zone than the one given": ["example.net. 60 IN SOA ns h 1 2 3 4 5\n", { file: "db", origin: "example.org" }],
  "no TTL": ["a A 192.0.2.1\nb 60 A 192.0.2.1\nc A 192.0.2.1\n", { file: "db", origin: "example.com" }],
  "no TTL of the SOA record": ["@ IN SOA ns h 1 2 3 4 77\na A 192.0.2.1\n", { file: "db", origin: "example.com" }],
  "no TTL of a type that isn't known": ["a XYZ x\n", { file: "db", origin: "example.com" }],
  "the root zone": [". 60 IN SOA a.root. h 1 2 3 4 5\ncom NS a.gtld-servers.net\n", { file: "root.zone", origin: "." }],
  "a mailbox with an at sign": ["@ 60 IN SOA ns.example.net. a@example.com. 1 2 3 4 5\n", { file: "db", origin: "example.com" }],
  "the mailbox is the zone's": ["@ 60 IN SOA ns.example.net. @ 1 2 3 4 5\n", { file: "db", origin: "example.com" }],
  "Cloudflare's nameserver": [
    "@ 60 IN SOA ada.ns.cloudflare.com. h 1 2 3 4 5\n@ CNAME x.example.net.\n",
    { file: "db", origin: "example.com" },
  ],
  "a blank begins the file": [" A 192.0.2.1\n", { file: "db", origin: "example.com" }],
  "an included file": [
    `${SOA}$INCLUDE sub.db sub\nb A 192.0.2.1\n$INCLUDE none.db\n`,
    { file: "db", origin: "example.com", included: [{ by: "db", path: "sub.db", file: "zones/sub.db", text: "a A 192.0.2.9\n" }] },
  ],
  "an included file that includes itself": [
    `${SOA}$INCLUDE a.db\n`,
    {
      file: "db",
      origin: "example.com",
      included: [
        { by: "db", path: "a.db", file: "a.db", text: "$INCLUDE a.db\n" },
        { by: "a.db", path: "a.db", file: "a.db", text: "$INCLUDE a.db\n" },
      ],
    },
  ],
  HTML: ["<!doctype html>\n<html>\n".repeat(40), { file: "db", origin: "example.com" }],
  "an origin with an at sign": [SOA, { file: "db", origin: "a@b" }],
};
for (const [title, [text, options]] of Object.entries(WHOLE)) said(`whole: ${title}`, () => read(text, options));

said(
  "what a broken file includes",
  () =>
    JSON.stringify([
      includesIn(`$INCLUDE a.db\n${"x ( y\n".repeat(12)}$INCLUDE b.db\n`),
      includesIn('$INCLUDE "a b.db" c\nx TXT "$INCLUDE\n'),
    ]) + "\n",
);
