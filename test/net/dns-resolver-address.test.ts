import assert from "node:assert/strict";
import { test } from "node:test";
import { formatResolver, parseResolver, systemResolvers } from "../../src/net/dns/resolver-address.ts";

for (const [text, expected, shown] of [
  ["192.0.2.53", { transport: "dns", address: "192.0.2.53", port: 53 }, "192.0.2.53:53"],
  [" 192.0.2.53:5353 ", { transport: "dns", address: "192.0.2.53", port: 5353 }, "192.0.2.53:5353"],
  ["2001:db8::53", { transport: "dns", address: "2001:db8::53", port: 53 }, "[2001:db8::53]:53"],
  ["[2001:db8::53]", { transport: "dns", address: "2001:db8::53", port: 53 }, "[2001:db8::53]:53"],
  ["[2001:db8::53]:5353", { transport: "dns", address: "2001:db8::53", port: 5353 }, "[2001:db8::53]:5353"],
  ["fe80::1%eth0", { transport: "dns", address: "fe80::1%eth0", port: 53 }, "[fe80::1%eth0]:53"],
  ["tls://dns.example", { transport: "tls", host: "dns.example", port: 853 }, "tls://dns.example"],
  ["TLS://dns.example:8853/", { transport: "tls", host: "dns.example", port: 8853 }, "tls://dns.example:8853"],
  ["tls://192.0.2.53", { transport: "tls", host: "192.0.2.53", port: 853 }, "tls://192.0.2.53"],
  ["tls://[2001:db8::53]:8853", { transport: "tls", host: "2001:db8::53", port: 8853 }, "tls://[2001:db8::53]:8853"],
  ["tls://2001:db8::53", { transport: "tls", host: "2001:db8::53", port: 853 }, "tls://[2001:db8::53]"],
  ["https://dns.example/dns-query", { transport: "https", url: "https://dns.example/dns-query" }, "https://dns.example/dns-query"],
  ["https://dns.example/dns-query{?dns}", { transport: "https", url: "https://dns.example/dns-query" }, "https://dns.example/dns-query"],
  [
    "https://[2001:db8::53]:8443/q?a=b",
    { transport: "https", url: "https://[2001:db8::53]:8443/q?a=b" },
    "https://[2001:db8::53]:8443/q?a=b",
  ],
] as const) {
  test(`resolver ${text}`, () => {
    assert.deepEqual(parseResolver(text), expected);
    assert.equal(formatResolver(parseResolver(text)), shown);
    assert.deepEqual(parseResolver(shown), expected);
  });
}

for (const [text, reason] of [
  ["", /is empty; write an address/],
  ["dns.example", /"dns.example" is not an IP address/],
  ["192.0.2.256", /is not an IP address/],
  ["192.0.2.53:0", /"0" is not a port/],
  ["192.0.2.53:65536", /"65536" is not a port/],
  ["192.0.2.53:dns", /"dns" is not a port/],
  ["[192.0.2.53]:53", /an IPv6 address with a port is written/],
  ["2001:db8::53:65536x", /an IPv6 address with a port is written/],
  ["tls://", /neither a host name nor an IP address/],
  ["tls://dns.example:x", /"x" is not a port/],
  ["tls://dns_.exa mple", /neither a host name/],
  ["tls://192.0.2.999", /neither a host name/],
  ["https://", /not a URL/],
  ["https://user:secret@dns.example/", /user name or password/],
  ["http://dns.example/dns-query", /http:\/\/ is not known/],
  ["quic://dns.example", /quic:\/\/ is not known/],
] as const) {
  test(`no resolver: ${text}`, () => {
    assert.throws(
      () => parseResolver(text),
      (error) => error instanceof Error && reason.test(error.message) && !error.message.includes("\n"),
    );
  });
}

test("the system's resolvers can be written and read", () => {
  for (const resolver of systemResolvers()) assert.deepEqual(parseResolver(formatResolver(resolver)), resolver);
});
