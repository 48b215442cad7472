/** Which addresses count as public: those that homeservers refuse, the special-purpose registries, and IPv4 in the clothes of IPv6. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress, notPublicKind } from "../../src/facts/public-address.ts";

for (const [address, kind] of [
  ["1.1.1.1", null],
  ["100.63.255.255", null],
  ["172.32.0.1", null],
  ["192.0.1.1", null],
  ["223.255.255.255", null],
  ["2606:4700:4700::1111", null],
  ["2001:200::1", null],
  ["0.0.0.0", "unspecified"],
  ["10.0.0.1", "private"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["169.254.169.254", "link-local"],
  ["172.31.255.255", "private"],
  ["192.168.0.1", "private"],
  ["198.19.0.1", "benchmarking"],
  ["203.0.113.1", "documentation"],
  ["224.0.0.1", "multicast"],
  ["255.255.255.255", "reserved"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["fe80::1", "link-local"],
  ["fd00::1", "private (unique local)"],
  ["fec0::1", "reserved (site-local)"],
  ["ff02::1", "multicast"],
  ["2001:db8::1", "documentation"],
  ["3fff::1", "documentation"],
  ["2001:0:53aa:64c::1", "reserved"], // Teredo
  ["100::1", "reserved"],
  ["5f00::1", "reserved"],
  ["4000::1", "reserved"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["::ffff:1.1.1.1", null],
  ["::127.0.0.1", "loopback"],
  ["::ffff:0:127.0.0.1", "reserved"], // RFC 2765
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::a9fe:a9fe", "link-local"],
  ["64:ff9b::1.1.1.1", null],
  ["64:ff9b:1::1.1.1.1", "private (NAT64)"],
  ["2002:7f00:1::1", "loopback"],
  ["2002:a00:1::", "private"],
  ["2002:101:101::1", null],
  ["168.63.129.16", "cloud platform (Azure)"],
  ["168.63.129.17", null],
  ["100.100.100.200", "carrier-grade NAT"], // Alibaba's platform
  ["fd00:ec2::254", "private (unique local)"], // Amazon's
  ["199.36.153.10", "cloud platform (Google)"],
  ["199.36.153.12", null],
  ["161.26.0.10", "cloud platform (IBM)"],
  ["2a01:4f8::5efe:10.0.0.1", "private"], // ISATAP
  ["2a01:4f8::200:5efe:7f00:1", "loopback"],
  ["2a01:4f8::5efe:1.1.1.1", null],
  ["fe80::5efe:1.1.1.1", "link-local"],
] as const) {
  test(`${address}: ${kind ?? "public"}`, () => {
    assert.equal(notPublicKind(address), kind);
    assert.equal(isPublicAddress(address), kind === null);
  });
}

for (const text of [
  "",
  "example.org",
  "1",
  "16843009",
  "0x1.1.1.1",
  "01.1.1.1",
  "1.1.1",
  "1.1.1.1.",
  "1.1.1.1:80",
  "[2606:4700::1]",
  "2606:4700::1%eth0",
  "999.1.1.1",
]) {
  test(`"${text}" is no public address: it is none`, () => assert.equal(isPublicAddress(text), false));
}
