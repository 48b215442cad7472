/**
 * One zone in the shapes in which providers and servers write it. Each has the SRV record and its target, unless it says what is wrong.
 * `source`: who writes zones so.
 */

export interface Shape {
  source: string;
  /** What is special about it. */
  shape: string;
  /** The file's name; `example.org.zone`. */
  file?: string;
  text: string;
  /** What it includes. */
  included?: { path: string; text: string };
  /** What becomes of the records that the check needs; `found`: both are there. */
  needed?: "found" | "lost" | "unknown";
}

const SOA = "SOA ns1.provider.example. hostmaster.example.org. 2026110101 7200 3600 1209600 300";
const RELATIVE = `@ IN NS ns1.provider.example.
@ IN A 192.0.2.1
_matrix-fed._tcp IN SRV 10 5 8448 hs
hs IN A 192.0.2.10
`;
const HEAD = `$ORIGIN example.org.\n$TTL 3600\n@ IN ${SOA}\n`;
const ABSOLUTE = (gap: string, ttl = "3600"): string =>
  [
    ["example.org.", ttl, "IN", SOA],
    ["example.org.", ttl, "IN", "NS", "ns1.provider.example."],
    ["example.org.", ttl, "IN", "A", "192.0.2.1"],
    ["_matrix-fed._tcp.example.org.", ttl, "IN", "SRV", "10 5 8448 hs.example.org."],
    ["hs.example.org.", ttl, "IN", "A", "192.0.2.10"],
  ]
    .map((fields) => `${fields.join(gap)}\n`)
    .join("");
const UNDER_ROOT = `$ORIGIN .
$TTL 3600	; 1 hour
example.org		IN SOA	ns1.provider.example. hostmaster.example.org. (
				2026110101 ; serial
				7200       ; refresh (2 hours)
				3600       ; retry (1 hour)
				1209600    ; expire (2 weeks)
				300        ; minimum (5 minutes)
				)
			NS	ns1.provider.example.
			A	192.0.2.1
$ORIGIN example.org.
$ORIGIN _tcp.example.org.
_matrix-fed		SRV	10 5 8448 hs.example.org.
$ORIGIN example.org.
$TTL 300	; 5 minutes
hs			A	192.0.2.10
`;
const CLOUDFLARE = (apex: string, hs: string): string => `;;
;; Domain:     example.org.
;; Exported:   2026-11-01 10:00:00
;;
;; This file is intended for use for informational and archival
;; purposes ONLY and MUST be edited before use on a production
;; DNS server.
;;
;; SOA Record
example.org	3600	IN	SOA	bob.ns.cloudflare.com. dns.cloudflare.com. 2050131287 10000 2400 604800 3600

;; NS Records
example.org.	86400	IN	NS	bob.ns.cloudflare.com.

;; A Records
${apex}
hs.example.org.	1	IN	${hs}

;; SRV Records
_matrix-fed._tcp.example.org.	1	IN	SRV	10 5 8448 hs.example.org.
`;
const GODADDY = (srv: string): string => `; Domain: example.org
; Exported (y-m-d hh:mm:ss): 2026-11-01 10:00:00
$ORIGIN example.org.

; SOA Record
@	3600	 IN 	SOA	ns1.domaincontrol.com.	dns.jomax.net. (
				2026110100
				28800
				7200
				604800
				600
				)

; A Record
@	600	 IN 	A	192.0.2.1
hs	600	 IN 	A	192.0.2.10

; SRV Record
${srv}

; NS Record
@	3600	 IN 	NS	ns1.domaincontrol.com.
`;
const near = (name: string): Shape => ({
  source: "by hand",
  shape: `the SRV record is called ${name}`,
  text: (HEAD + RELATIVE).replace("_matrix-fed._tcp ", `${name} `),
  needed: "lost",
});

export const SHAPES: readonly Shape[] = [
  { source: "by hand", shape: "relative names", text: HEAD + RELATIVE },
  {
    source: "by hand",
    shape: "relative names, the zone's name from the file's",
    text: (HEAD + RELATIVE).replace("$ORIGIN example.org.\n", ""),
  },
  { source: "by hand", shape: "absolute names", text: ABSOLUTE(" ") },
  {
    source: "RFC 1035, 5.3",
    shape: "blank owners, SOA in parentheses",
    text: `@ 3600 IN SOA ns1.provider.example. hostmaster (\n 20 ; serial\n 7200 600 3600000\n 60) ; minimum\n\n NS ns1.provider.example.\n A 192.0.2.1\n_matrix-fed._tcp SRV 10 5 8448 hs\nhs A 192.0.2.10\n`,
  },
  {
    source: "by hand",
    shape: "TTLs with units, class and TTL in either order",
    text: HEAD + RELATIVE.replace("hs IN A", "hs 1h30m IN A").replace("_tcp IN", "_tcp IN 2h"),
  },
  {
    source: "by hand",
    shape: "lower-case types and class",
    text: HEAD + RELATIVE.replaceAll(" IN ", " in ").replaceAll(" A ", " a ").replaceAll(" SRV ", " srv "),
  },
  { source: "by hand", shape: "no $TTL: the SOA record's minimum", text: `$ORIGIN example.org.\n@ IN ${SOA}\n${RELATIVE}` },
  {
    source: "by hand",
    shape: "$ORIGIN for each part",
    text: `${HEAD}@ NS ns1.provider.example.\n@ A 192.0.2.1\n$ORIGIN _tcp.example.org.\n_matrix-fed SRV 10 5 8448 hs.example.org.\n$ORIGIN example.org.\nhs A 192.0.2.10\n`,
  },
  {
    source: "by hand",
    shape: "the SRV record over several lines, with comments",
    text: HEAD + RELATIVE.replace("10 5 8448 hs", "( 10 ; priority\n 5 8448 ; weight, port\n hs )"),
  },
  { source: "Windows' editor", shape: "CRLF", text: (HEAD + RELATIVE).replaceAll("\n", "\r\n") },
  { source: "by hand", shape: "no newline at the end", text: (HEAD + RELATIVE).trimEnd() },
  { source: "by hand", shape: "a wildcard has the target's address", text: HEAD + RELATIVE.replace("hs IN A", "* IN A") },
  {
    source: "by hand",
    shape: "escapes and quotes beside",
    text: `${HEAD}${RELATIVE}t IN TXT "a;b(c)" d\\"e\nx\\.y IN A 192.0.2.3\n\\097\\098 IN A 192.0.2.4\n`,
  },
  {
    source: "RFC 3597",
    shape: "the records in the form for unknown types",
    text:
      HEAD +
      RELATIVE.replace("SRV 10 5 8448 hs", "TYPE33 \\# 22 000A 0005 2100 02687307 6578616D706C65036F726700").replace(
        "hs IN A 192.0.2.10",
        "hs IN TYPE1 \\# 4 C000020A",
      ),
  },
  {
    source: "by hand",
    shape: "AAAA, MX, CAA, TLSA, SSHFP, HTTPS, NAPTR beside",
    text: `${HEAD}${RELATIVE}hs IN AAAA 2001:DB8::10\n@ IN MX 10 mx.provider.example.\n@ IN CAA 0 issue "letsencrypt.org"\n_443._tcp.hs IN TLSA 3 1 1 0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead\nhs IN SSHFP 4 2 0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead0ba5dead\nn IN NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:a@example.org!" .\n`,
  },
  { source: "by hand", shape: "a part is delegated", text: `${HEAD}${RELATIVE}sub IN NS ns.sub\nns.sub IN A 192.0.2.54\n` },
  { source: "by hand", shape: "DNAME beside", text: `${HEAD}${RELATIVE}moved IN DNAME other.example.org.\n` },
  { source: "BIND", shape: "named-compilezone -s full", text: ABSOLUTE("\t\t\t ", "3600") },
  { source: "BIND", shape: "named-compilezone -s relative, a dynamic zone's dump: under the root", text: UNDER_ROOT },
  { source: "BIND", shape: "a secondary's file with per-record TTLs", text: UNDER_ROOT.replace("hs			A", "hs		60	A") },
  {
    source: "BIND",
    shape: "$GENERATE",
    text: `${HEAD}${RELATIVE.replace(/^hs.*$/m, "")}$GENERATE 10-12 h$ A 192.0.2.$\nhs IN A 192.0.2.10\n`,
  },
  {
    source: "BIND",
    shape: "$INCLUDE",
    text: `${HEAD}${RELATIVE.replace(/^hs.*\n/m, "")}$INCLUDE hosts.inc\n`,
    included: { path: "hosts.inc", text: "hs IN A 192.0.2.10\n" },
  },
  {
    source: "BIND",
    shape: "signed: RRSIG, NSEC, DNSKEY",
    text: `${HEAD}${RELATIVE}@ IN DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==\nhs IN RRSIG A 13 3 3600 20301201000000 20201101000000 12345 example.org. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3tGNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap3o=\nhs IN NSEC example.org. A RRSIG NSEC\n`,
  },
  { source: "NSD", shape: "nsd-control write, nsd-checkzone -p: absolute, tabs", text: ABSOLUTE("\t") },
  {
    source: "Knot DNS",
    shape: "knotc zone-dump: absolute, aligned, comments",
    text: `;; Zone dump (Knot DNS 3.3.4)\n${ABSOLUTE("        \t")};; Written 5 records\n`,
  },
  {
    source: "PowerDNS",
    shape: "pdnsutil list-zone: under the root",
    text: `$ORIGIN .\n${ABSOLUTE("\t").replaceAll(/^(\S+)\.\t/gm, "$1\t")}`,
  },
  {
    source: "PowerDNS",
    shape: "pdnsutil: ALIAS at the zone's name",
    text: `$ORIGIN .\n${ABSOLUTE("\t")
      .replaceAll(/^(\S+)\.\t/gm, "$1\t")
      .replace("A\t192.0.2.1\n", "ALIAS\tlb.provider.example.\n")}`,
  },
  {
    source: "PowerDNS",
    shape: "pdnsutil: a LUA record at the target",
    text: `$ORIGIN .\n${ABSOLUTE("\t")
      .replaceAll(/^(\S+)\.\t/gm, "$1\t")
      .replace("A\t192.0.2.10\n", "LUA\tA \"ifportup(8448, {'192.0.2.10', '192.0.2.11'})\"\n")}`,
    needed: "unknown",
  },
  {
    source: "dig",
    shape: "dig axfr: SOA first and last",
    text: `\n; <<>> DiG 9.18.49 <<>> axfr example.org @192.0.2.53\n;; global options: +cmd\n${ABSOLUTE("\t")}example.org.\t3600\tIN\t${SOA}\n;; Query time: 3 msec\n;; SERVER: 192.0.2.53#53(192.0.2.53) (TCP)\n;; XFR size: 6 records (messages 1, bytes 300)\n\n`,
  },
  { source: "dig", shape: "dig axfr +onesoa +nocomments", text: ABSOLUTE("\t\t") },
  {
    source: "dig",
    shape: "dig axfr +multiline",
    text: ABSOLUTE("\t").replace(
      SOA,
      "SOA ns1.provider.example. hostmaster.example.org. (\n\t\t\t\t2026110101 ; serial\n\t\t\t\t7200       ; refresh (2 hours)\n\t\t\t\t3600       ; retry (1 hour)\n\t\t\t\t1209600    ; expire (2 weeks)\n\t\t\t\t300        ; minimum (5 minutes)\n\t\t\t\t)",
    ),
  },
  { source: "ldns", shape: "drill axfr", text: `;; AXFR for example.org.\n${ABSOLUTE("\t")}example.org.\t3600\tIN\t${SOA}\n` },
  {
    source: "Knot DNS",
    shape: "kdig axfr",
    text: `;; AXFR for example.org.\n${ABSOLUTE(" \t")}example.org. 3600 IN ${SOA}\n\n;; Received 300 B (1 messages, 6 records)\n`,
  },
  {
    source: "Cloudflare",
    shape: "export; the SOA record's name lacks its dot",
    text: CLOUDFLARE("example.org.	1	IN	A	192.0.2.1 ; cf_tags=cf-proxied:false", "A	192.0.2.10 ; cf_tags=cf-proxied:false"),
  },
  {
    source: "Cloudflare",
    shape: "export; the website is proxied, with a note",
    text: CLOUDFLARE("example.org.	1	IN	A	192.0.2.1 ; our site cf_tags=cf-proxied:true", "A	192.0.2.10 ; cf_tags=cf-proxied:false"),
  },
  {
    source: "Cloudflare",
    shape: "export; a flattened CNAME at the zone's name",
    text: CLOUDFLARE("example.org.	1	IN	CNAME	site.provider.example. ; cf_tags=cf-proxied:true", "A	192.0.2.10"),
  },
  {
    source: "Cloudflare",
    shape: "export; the SRV target is proxied",
    text: CLOUDFLARE("example.org.	1	IN	A	192.0.2.1", "A	192.0.2.10 ; cf_tags=cf-proxied:true"),
  },
  {
    source: "Route 53",
    shape: "cli53 export",
    text: `$ORIGIN example.org.\n@\t172800\tIN\tNS\tns-1.awsdns-01.org.\n@\t900\tIN\tSOA\tns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400\n@\t300\tIN\tA\t192.0.2.1\n_matrix-fed._tcp\t300\tIN\tSRV\t10 5 8448 hs.example.org.\nhs\t300\tIN\tA\t192.0.2.10\n`,
  },
  {
    source: "Route 53",
    shape: "cli53 export; an alias at the zone's name, a weighted record",
    text: `$ORIGIN example.org.\n@\t900\tIN\tSOA\tns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400\n@\t172800\tIN\tNS\tns-1.awsdns-01.org.\n@\t86400\tAWS\tALIAS\tA lb.provider.example. ZABCDEF false\n_matrix-fed._tcp\t300\tIN\tSRV\t10 5 8448 hs.example.org.\nhs\t300\tIN\tA\t192.0.2.10 ; AWS routing="WEIGHTED" weight=10 identifier="one"\n`,
  },
  {
    source: "GoDaddy",
    shape: "export, with the SRV record's name as it should be",
    text: GODADDY("_matrix-fed._tcp	3600	 IN 	SRV	10	5	8448	hs.example.org."),
  },
  {
    source: "GoDaddy",
    shape: "export: _matrix-fed._tcp.@",
    text: GODADDY("_matrix-fed._tcp.@	3600	 IN 	SRV	10	5	8448	hs.example.org."),
    needed: "lost",
  },
  {
    source: "GoDaddy",
    shape: "export: the target lacks its dot",
    text: GODADDY("_matrix-fed._tcp	3600	 IN 	SRV	10	5	8448	hs.example.org"),
    needed: "lost",
  },
  {
    source: "Gandi",
    shape: "LiveDNS: relative names, a TTL each",
    text: `@ 10800 IN SOA ns1.gandi.net. hostmaster.gandi.net. 1762000000 10800 3600 604800 10800\n@ 10800 IN NS ns-1-a.gandi.net.\n@ 10800 IN A 192.0.2.1\n_matrix-fed._tcp 10800 IN SRV 10 5 8448 hs.example.org.\nhs 10800 IN A 192.0.2.10\n`,
  },
  {
    source: "Gandi",
    shape: "LiveDNS: text records without an SOA record",
    text: `@ 10800 IN A 192.0.2.1\n_matrix-fed._tcp 10800 IN SRV 10 5 8448 hs\nhs 10800 IN A 192.0.2.10\n`,
  },
  {
    source: "OVHcloud",
    shape: "text mode: blank owners, SOA in one parenthesis",
    text: `$TTL 3600\n@\tIN SOA dns200.anycast.me. tech.ovh.net. (2026110100 86400 3600 3600000 60)\n                 IN NS     dns200.anycast.me.\n                 IN A      192.0.2.1\n_matrix-fed._tcp IN SRV    10 5 8448 hs.example.org.\nhs               IN A      192.0.2.10\n`,
  },
  {
    source: "Hetzner",
    shape: "export: tabs after directives",
    text: `;; Exported on 2026-11-01T10:00:00Z\n$ORIGIN\texample.org.\n$TTL\t86400\n\n@\t3600\tIN\tSOA\thydrogen.ns.hetzner.com. dns.hetzner.com. 2026110101 86400 10800 3600000 3600\n\n; NS records\n@\t3600\tIN\tNS\thelium.ns.hetzner.de.\n\n; A records\n@\t3600\tIN\tA\t192.0.2.1\nhs\t3600\tIN\tA\t192.0.2.10\n\n; SRV records\n_matrix-fed._tcp\t3600\tIN\tSRV\t10 5 8448 hs\n`,
  },
  {
    source: "DigitalOcean",
    shape: "the panel's zone file: absolute names",
    text: `$ORIGIN example.org.\n$TTL 1800\nexample.org. IN SOA ns1.digitalocean.com. hostmaster.example.org. 1762000000 10800 3600 604800 1800\nexample.org. 1800 IN NS ns1.digitalocean.com.\nexample.org. 3600 IN A 192.0.2.1\n_matrix-fed._tcp.example.org. 43200 IN SRV 10 5 8448 hs.example.org.\nhs.example.org. 3600 IN A 192.0.2.10\n`,
  },
  {
    source: "Google Cloud DNS",
    shape: "record-sets export --zone-file-format",
    text: ABSOLUTE(" ", "21600").replace("ns1.provider.example. hostmaster", "ns-cloud-a1.googledomains.com. cloud-dns-hostmaster"),
  },
  {
    source: "Azure DNS",
    shape: "zone export: the SOA record's mailbox lacks its dot",
    text: `; Exported zone file from Azure DNS\n;      Zone name: example.org\n;      Resource Group Name: rg\n;      Date and time (UTC): 11/01/2026 10:00:00\n\n$TTL 300\n$ORIGIN example.org.\n\n@ 3600 IN SOA ns1-33.azure-dns.com. azuredns-hostmaster.microsoft.com (\n              1 ; serial\n              3600 ; refresh\n              300 ; retry\n              2419200 ; expire\n              300 ; minimum\n              )\n\n  172800 IN NS ns1-33.azure-dns.com.\n\n  3600 IN A 192.0.2.1\n\n_matrix-fed._tcp 3600 IN SRV 10 5 8448 hs.example.org.\n\nhs 3600 IN A 192.0.2.10\n`,
  },
  {
    source: "cPanel",
    shape: "absolute and relative names mixed",
    text: `; cPanel first:110.0.1 latest:110.0.1\n; Zone file for example.org\n$TTL 14400\nexample.org.  86400  IN  SOA  ns1.provider.example.  root.provider.example.  (\n  2026110101 ;Serial Number\n  3600 ;refresh\n  1800 ;retry\n  1209600 ;expire\n  86400 )\nexample.org. 86400 IN NS ns1.provider.example.\nexample.org. IN A 192.0.2.1\n_matrix-fed._tcp 14400 IN SRV 10 5 8448 hs.example.org.\nhs 14400 IN A 192.0.2.10\n`,
  },
  {
    source: "Windows DNS Server",
    shape: "dnscmd /ZoneExport: the zone's name in a comment",
    file: "export.dns",
    text: `;\r\n;  Database file export.dns for example.org zone.\r\n;      Zone version:  42\r\n;\r\n\r\n@                       IN  SOA dc1.provider.example. hostmaster.example.org. (\r\n                        \t42           ; serial number\r\n                        \t900          ; refresh\r\n                        \t600          ; retry\r\n                        \t86400        ; expire\r\n                        \t3600       ) ; default TTL\r\n\r\n;\r\n;  Zone NS records\r\n;\r\n\r\n@                       NS\tdc1.provider.example.\r\n\r\n;\r\n;  Zone records\r\n;\r\n\r\n@                       A\t192.0.2.1\r\n_matrix-fed._tcp        SRV\t10 5 8448\ths.example.org.\r\nhs                      A\t192.0.2.10\r\n`,
  },
  {
    source: "Windows DNS Server",
    shape: "the age of records that hosts made",
    text: `@ IN ${SOA}\n@ NS ns1.provider.example.\n@ 600 A 192.0.2.1\n_matrix-fed._tcp SRV 10 5 8448 hs.example.org.\nhs [AGE:3569342] 1200 A 192.0.2.10\n`,
  },
  {
    source: "octoDNS",
    shape: "a file a zone, named example.org.",
    file: "example.org.",
    text: `$ORIGIN example.org.\n@ 3600 IN ${SOA}\n@ 3600 IN NS ns1.provider.example.\n@ 3600 IN A 192.0.2.1\n_matrix-fed._tcp 3600 IN SRV 10 5 8448 hs.example.org.\nhs 3600 IN A 192.0.2.10\n`,
  },
  {
    source: "DNSControl",
    shape: "its BIND provider: the zone's name is the file's",
    text: `$TTL 300\n; generated with dnscontrol 2026-11-01T10:00:00Z\n@                IN SOA   ns1.provider.example. hostmaster.example.org. 2026110100 3600 600 604800 1440\n                 IN NS    ns1.provider.example.\n                 IN A     192.0.2.1\n_matrix-fed._tcp IN SRV   10 5 8448 hs.example.org.\nhs               IN A     192.0.2.10\n`,
  },
  { source: "tinydns", shape: "axfr-get and tinydns-to-bind: absolute, class left out", text: ABSOLUTE(" ").replaceAll(" IN ", " ") },
  { source: "BIND", shape: "named's journal names: a class before the TTL", text: ABSOLUTE("\t").replaceAll("3600\tIN", "IN\t3600") },
  {
    source: "ClouDNS, Namecheap, …",
    shape: "web forwards of their own types",
    text: `${HEAD}${RELATIVE}www IN URL301 https://example.org/\nold IN WR https://example.org/\n`,
  },
  {
    source: "DNSimple, easyDNS, …",
    shape: "ALIAS and ANAME beside",
    text: `${HEAD}${RELATIVE}www IN ALIAS lb.provider.example.\nold IN ANAME lb.provider.example.\n`,
  },
  {
    source: "by hand",
    shape: "a new type (DSYNC) beside",
    text: `${HEAD}${RELATIVE}_dsync IN DSYNC CDS NOTIFY 5359 scanner.provider.example.\n`,
  },
  { source: "by hand", shape: "a name in UTF-8 beside", text: `${HEAD}${RELATIVE}bücher IN A 192.0.2.5\n` },
  { source: "Windows' editor", shape: "a byte order mark", text: `\ufeff${HEAD}${RELATIVE}` },
  { source: "an old Mac's editor", shape: "CR line ends", text: (HEAD + RELATIVE).replaceAll("\n", "\r") },
  { source: "by hand", shape: "comments with # and //", text: `# the zone\n// of example.org\n${HEAD}${RELATIVE}` },
  { source: "by hand", shape: "# behind a record", text: HEAD + RELATIVE.replace("192.0.2.10", "192.0.2.10 # home") },
  { source: "by hand", shape: "a broken record beside", text: `${HEAD}${RELATIVE}x IN A 192.0.2.256\ny IN MX ten mx\n` },
  { source: "by hand", shape: "a parenthesis that isn't closed beside", text: `${HEAD}x IN TXT ( "a"\n${RELATIVE}` },
  { source: "by hand", shape: "a quote that isn't closed beside", text: `${HEAD}x IN TXT "a\n${RELATIVE}` },
  {
    source: "by hand",
    shape: "$ORIGIN without its dot",
    text: (HEAD + RELATIVE).replace("$ORIGIN example.org.", "$ORIGIN example.org"),
    needed: "found",
    file: "zonefile",
  },
  {
    source: "by hand",
    shape: "the SRV target without its dot",
    text: HEAD + RELATIVE.replace("8448 hs", "8448 hs.example.org"),
    needed: "lost",
  },
  {
    source: "by hand",
    shape: "the target's own record without its dot",
    text: HEAD + RELATIVE.replace("hs IN A", "hs.example.org IN A"),
    needed: "lost",
  },
  { source: "by hand", shape: "the SRV record without its weight", text: HEAD + RELATIVE.replace("10 5 8448", "10 8448"), needed: "lost" },
  { source: "by hand", shape: "the SRV target is an address", text: HEAD + RELATIVE.replace("8448 hs", "8448 192.0.2.10"), needed: "lost" },
  { source: "by hand", shape: "a CNAME beside the target's address", text: `${HEAD}${RELATIVE}hs IN CNAME lb.provider.example.\n` },
  {
    source: "by hand",
    shape: "the target is an alias",
    text: HEAD + RELATIVE.replace("hs IN A 192.0.2.10", "hs IN CNAME h10\nh10 IN A 192.0.2.10"),
  },
  { source: "by hand", shape: "two SOA records", text: `${HEAD}${RELATIVE}@ IN SOA ns2.provider.example. x.example.org. 1 2 3 4 5\n` },
  { source: "by hand", shape: "the same record twice", text: `${HEAD}${RELATIVE}hs IN A 192.0.2.10\n` },
  { source: "by hand", shape: "a record of another zone", text: `${HEAD}${RELATIVE}hs.example.net. IN A 192.0.2.10\n` },
  {
    source: "by hand",
    shape: "the mailbox with an @",
    text: (HEAD + RELATIVE).replace("hostmaster.example.org.", "hostmaster@example.org."),
  },
  near("matrix-fed._tcp"),
  near("_matrix-fed.tcp"),
  near("_matrix_fed._tcp"),
  near("_matrix-fed"),
  {
    source: "by hand",
    shape: "a TXT record instead of the SRV record",
    text: HEAD + RELATIVE.replace("SRV 10 5 8448 hs", 'TXT "10 5 8448 hs.example.org"'),
    needed: "lost",
  },
];
