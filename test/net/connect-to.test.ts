import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConnectTo } from "../../src/net/connect-to.ts";

const V6 = "2001:db8::1";

const answers: { entries: string[]; host: string; port: number; addresses: string[] | null; to: number }[] = [
  { entries: [], host: "example.com", port: 8448, addresses: null, to: 8448 },
  { entries: ["example.com:8448:192.0.2.1:443"], host: "example.com", port: 8448, addresses: ["192.0.2.1"], to: 443 },
  // what doesn't match is left alone
  { entries: ["example.com:8448:192.0.2.1:443"], host: "example.com", port: 443, addresses: null, to: 443 },
  { entries: ["example.com:8448:192.0.2.1:443"], host: "www.example.com", port: 8448, addresses: null, to: 8448 },
  // empty fields
  { entries: [":8448:192.0.2.1:443"], host: "any.example", port: 8448, addresses: ["192.0.2.1"], to: 443 },
  { entries: ["example.com::192.0.2.1:443"], host: "example.com", port: 12, addresses: ["192.0.2.1"], to: 443 },
  { entries: ["example.com:8448:192.0.2.1:"], host: "example.com", port: 8448, addresses: ["192.0.2.1"], to: 8448 },
  { entries: ["example.com:8448::443"], host: "example.com", port: 8448, addresses: null, to: 443 },
  { entries: ["::192.0.2.1:"], host: "example.com", port: 7, addresses: ["192.0.2.1"], to: 7 },
  { entries: [":::"], host: "example.com", port: 7, addresses: null, to: 7 },
  // spelling
  { entries: ["Example.COM.:8448:192.0.2.1:443"], host: "example.com", port: 8448, addresses: ["192.0.2.1"], to: 443 },
  { entries: ["example.com:8448:192.0.2.1:443"], host: "EXAMPLE.com.", port: 8448, addresses: ["192.0.2.1"], to: 443 },
  // IPv6
  { entries: [`example.com:8448:[${V6}]:8449`], host: "example.com", port: 8448, addresses: [V6], to: 8449 },
  { entries: ["[2001:DB8:0::1]:8448:[::1]:1"], host: V6, port: 8448, addresses: ["::1"], to: 1 },
  { entries: ["[2001:db8::1]:8448:[::1]:1"], host: "[2001:DB8::0:1]", port: 8448, addresses: ["::1"], to: 1 },
  { entries: ["192.0.2.9:8448:192.0.2.1:1"], host: "192.0.2.9", port: 8448, addresses: ["192.0.2.1"], to: 1 },
  // the first match decides
  { entries: ["a.example:1:192.0.2.1:", "::192.0.2.2:"], host: "a.example", port: 1, addresses: ["192.0.2.1"], to: 1 },
  { entries: ["a.example:1:192.0.2.1:", "::192.0.2.2:"], host: "b.example", port: 1, addresses: ["192.0.2.2"], to: 1 },
  { entries: ["::192.0.2.2:", "a.example:1:192.0.2.1:"], host: "a.example", port: 1, addresses: ["192.0.2.2"], to: 1 },
  // the same pattern adds addresses, once each
  {
    entries: ["a.example:1:192.0.2.1:", "A.example.:1:[::1]:1", "a.example:1:192.0.2.1:"],
    host: "a.example",
    port: 1,
    addresses: ["192.0.2.1", "::1"],
    to: 1,
  },
  { entries: ["a.example:1:192.0.2.1:", "a.example::192.0.2.2:"], host: "a.example", port: 1, addresses: ["192.0.2.1"], to: 1 },
];

for (const { entries, host, port, addresses, to } of answers) {
  test(`${JSON.stringify(entries)} sends ${host}:${port} to ${addresses?.join(" and ") ?? "DNS"}, port ${to}`, () => {
    assert.deepEqual(parseConnectTo(entries).resolve(host, port), { addresses, port: to });
  });
}

const mistakes: { entries: string[]; says: RegExp }[] = [
  { entries: [""], says: /is not HOST:PORT:ADDRESS:PORT: for example/ },
  { entries: ["example.com"], says: /is not HOST:PORT:ADDRESS:PORT/ },
  { entries: ["example.com:8448:192.0.2.1"], says: /is not HOST:PORT:ADDRESS:PORT/ },
  { entries: ["example.com:8448:192.0.2.1:443:1"], says: /is not HOST:PORT:ADDRESS:PORT/ },
  { entries: [`example.com:8448:${V6}:443`], says: /IPv6 addresses in brackets/ },
  { entries: [`${V6}:8448:192.0.2.1:443`], says: /IPv6 addresses in brackets/ },
  { entries: ["https://example.com:8448:192.0.2.1:443"], says: /is not HOST:PORT:ADDRESS:PORT/ },
  { entries: ["a b:8448:192.0.2.1:443"], says: /has the host "a b"/ },
  { entries: ["[example.com]:8448:192.0.2.1:443"], says: /\[example\.com\], which is not an IPv6 address/ },
  { entries: ["example.com:8448:other.example:443"], says: /other\.example, which is not an IP address: give the address itself/ },
  { entries: ["example.com:8448:[192.0.2.1]:443"], says: /is not an IP address/ },
  { entries: ["example.com:8448:192.0.2.256:443"], says: /is not an IP address/ },
  { entries: ["example.com:0:192.0.2.1:443"], says: /has the port "0": a port is a number from 1 to 65535/ },
  { entries: ["example.com:8448:192.0.2.1:65536"], says: /has the port "65536"/ },
  { entries: ["example.com:8448:192.0.2.1:https"], says: /has the port "https"/ },
  { entries: ["example.com:8448:192.0.2.1:+443"], says: /has the port/ },
  { entries: ["a.example:1:192.0.2.1:2", "a.example:1:192.0.2.2:3"], says: /"a\.example:1:192\.0\.2\.2:3" contradicts an earlier entry/ },
  { entries: ["a.example:1:192.0.2.1:", "a.example:1::"], says: /contradicts/ },
];

for (const { entries, says } of mistakes) {
  test(`${JSON.stringify(entries)} is refused`, () => {
    assert.throws(
      () => parseConnectTo(entries),
      (error: Error) => {
        assert.match(error.message, says);
        assert.match(error.message, /^--connect-to "/);
        assert.ok(!error.message.includes("\n"));
        return true;
      },
    );
  });
}
