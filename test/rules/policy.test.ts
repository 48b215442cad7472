/** policy/*: expectations that hold, and what is said when they don't. */
import { certificateDays } from "../../src/rules/policy/certificate-days.ts";
import { target as policyTarget } from "../../src/rules/policy/target.ts";
import { via as policyVia } from "../../src/rules/policy/via.ts";
import type { Expectations, Facts } from "../../src/facts/facts.ts";
import { attempt, done, endpoint, healthy, notNeeded, route, target, tls, V6, viaDefaultPort, viaSrv } from "./facts-builder.ts";
import { saidBy } from "./said.ts";
import { texts } from "./texts.ts";

function expecting(expect: Expectations, facts: Facts = healthy()): Facts {
  return { ...facts, settings: { ...facts.settings, expect } };
}

const byPort = healthy({
  serverName: "example.com:8448",
  wellKnown: notNeeded(),
  route: route({ specStep: "2", via: "explicit-port", delegatedName: null }),
  targets: [target({ host: "example.com", port: 8448 })],
});
const NOWHERE = healthy({ targets: [] });
const SRV = viaSrv([endpoint({ port: 8448 })]);
const DEFAULT = viaDefaultPort([endpoint({ port: 8448 })]);

const text = texts("policy");

saidBy(
  policyTarget,
  {
    "nothing is expected": { facts: healthy(), none: true },
    "as expected, in another case": { facts: expecting({ targets: ["Matrix.Example.com:443"] }), none: true },
    "another one": {
      facts: expecting({ targets: ["hs.example.net:443"] }),
      severity: "error",
      where: ["matrix.example.com:443"],
      says: [
        "hs.example.net:443",
        '"matrix.example.com:443"',
        '{"m.server": "hs.example.net:443"}',
        "--expect-target matrix.example.com:443 example.com",
      ],
      not: ["missing", "too many"],
    },
    "one of two is missing": {
      facts: expecting({ targets: ["matrix.example.com:443", "hs.example.net:8448"] }),
      where: ["matrix.example.com:443"],
      says: ["hs.example.net:8448 is missing", "IN SRV"],
    },
    "two of three are missing": {
      facts: expecting({ targets: ["matrix.example.com:443", "a.example.net:1", "b.example.net:2"] }),
      says: ["a.example.net:1 and b.example.net:2 are missing"],
    },
    "one too many": {
      facts: expecting({ targets: ["matrix.example.com:443"] }, healthy({ targets: [target(), target({ host: "x.example.com" })] })),
      where: ["x.example.com:443"],
      says: [`"x.example.com:443" isn't expected`],
    },
    "two too many": {
      facts: expecting(
        { targets: ["matrix.example.com:443"] },
        healthy({ targets: [target(), target({ host: "x.example.com" }), target({ host: "y.example.com" })] }),
      ),
      where: ["x.example.com:443", "y.example.com:443"],
      says: ["aren't expected"],
    },
    "it leads nowhere": {
      facts: expecting({ targets: ["hs.example.net:443"] }, NOWHERE),
      where: ["example.com"],
      says: ["has no target"],
      not: ["--expect-target"],
    },
    "by SRV": {
      facts: expecting({ targets: ["a.example.net:8448"] }, SRV),
      says: ["SRV records of example.com", "_matrix-fed._tcp.example.com.  IN SRV", "8448 a.example.net."],
      not: ["m.server"],
    },
    "an address can't be an SRV target": {
      facts: expecting({ targets: ["192.0.2.1:8448"] }, SRV),
      says: ['{"m.server": "192.0.2.1:8448"}'],
      not: ["IN SRV"],
    },
    "by the default port": {
      facts: expecting({ targets: ["a.example.net:8448"] }, DEFAULT),
      says: ["neither", '{"m.server": "a.example.net:8448"}'],
    },
    "by the default port of m.server": {
      facts: expecting(
        { targets: ["a.example.net:8448"] },
        healthy({ route: route({ specStep: "3.5", via: "default-port", delegatedName: "matrix.example.com" }) }),
      ),
      says: ['m.server is "matrix.example.com", without a port'],
    },
    "the name itself has the port": {
      facts: expecting({ targets: ["a.example.net:8448"] }, byPort),
      says: ["the port in the server name", "itself names the target", "Expect example.com:8448"],
      not: ["IN SRV", "m.server"],
    },
    "the name is an address": {
      facts: expecting(
        { targets: ["a.example.net:8448"] },
        { ...byPort, route: route({ via: "ip-literal", specStep: "1", delegatedName: null }) },
      ),
      says: ["is an IP address", "itself names the target"],
    },
  },
  text,
);

saidBy(
  policyVia,
  {
    "nothing is expected": { facts: healthy(), none: true },
    "as expected": { facts: expecting({ via: ["srv", "well-known"] }), none: true },
    "well-known, and it is SRV": {
      facts: expecting({ via: ["well-known"] }, SRV),
      severity: "error",
      where: ["example.com"],
      says: ["step 4", "https://example.com/.well-known/matrix/server", "--expect-via srv example.com"],
    },
    "SRV, and it is the well-known": {
      facts: expecting({ via: ["srv"] }),
      says: ["step 3.2", "SRV record", "--expect-via well-known example.com"],
    },
    "the default port, and it is SRV": { facts: expecting({ via: ["default-port"] }, SRV), says: ["--expect-via srv"] },
    "SRV, and it is the default port": { facts: expecting({ via: ["srv"] }, DEFAULT), says: ["step 6", "--expect-via default-port"] },
    "the name itself says how": {
      facts: expecting({ via: ["well-known"] }, byPort),
      says: ["itself decides the way", "--expect-via explicit-port example.com:8448"],
    },
    "a port in the name is expected": {
      facts: expecting({ via: ["explicit-port"] }),
      says: ["--expect-via well-known"],
      not: ["itself decides the way"],
    },
  },
  text,
);

/** Judged on 2026-06-01 at 12:00. */
const ending = (at: string, wellKnown = "2026-12-31T00:00:00.000Z"): Facts =>
  healthy({
    targets: [
      target({
        endpoints: [endpoint({ tls: done(tls({ notAfter: at })) }), endpoint({ address: V6, tls: done(tls({ notAfter: at })) })],
      }),
    ],
    wellKnown: done({
      url: "https://example.com/.well-known/matrix/server",
      host: "example.com",
      attempts: [
        attempt({
          hops: attempt().hops.map((hop) => ({
            ...hop,
            connection: hop.connection === null ? null : { ...hop.connection, tls: done(tls({ notAfter: wellKnown })) },
          })),
        }),
      ],
    }),
  });
const LATE = "2026-12-31T00:00:00.000Z";
saidBy(
  certificateDays,
  {
    "nothing is expected": { facts: ending("2026-06-02T12:00:00.000Z"), none: true },
    "late enough": { facts: expecting({ certificateDays: 30 }, ending(LATE)), none: true },
    "exactly so many days": { facts: expecting({ certificateDays: 30 }, ending("2026-07-01T12:00:00.000Z")), none: true },
    "a second sooner": {
      facts: expecting({ certificateDays: 30 }, ending("2026-07-01T11:59:59.000Z")),
      severity: "error",
      where: ["185.15.58.10:443", `[${V6}]:443`],
      says: ["matrix.example.com", "2026-07-01, in 29 days", "30"],
    },
    "one day": { facts: expecting({ certificateDays: 30 }, ending("2026-06-02T13:00:00.000Z")), says: ["in 1 day."] },
    "ends just now": { facts: expecting({ certificateDays: 30 }, ending("2026-06-01T12:00:00.000Z")), says: ["in 0 days"] },
    "is over: another rule's": { facts: expecting({ certificateDays: 30 }, ending("2026-06-01T11:59:59.000Z")), none: true },
    "that of the base domain": {
      facts: expecting({ certificateDays: 30 }, ending(LATE, "2026-06-11T12:00:00.000Z")),
      where: ["185.15.58.10:443"],
      says: ["The certificate of example.com", "in 10 days"],
    },
  },
  text,
);
