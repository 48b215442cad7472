/** What is made of the rules' findings: order, causes, what a rule's fault does. With invented rules. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Facts } from "../../src/facts/facts.ts";
import { judge } from "../../src/rules/judge.ts";
import { nameserverFindings } from "../../src/rules/nameserver-findings.ts";
import type { Found, Rule } from "../../src/rules/rule.ts";
import { endpoint, healthy, viaSrv } from "./facts-builder.ts";

const HERE = "185.15.58.10:443";
const THERE = "185.15.58.11:443";

function rule(code: Rule["code"], more: Partial<Rule> & { found?: (Partial<Found> | null)[] } = {}): Rule {
  const { found = [{}], ...data } = more;
  return {
    code,
    severity: "error",
    title: code,
    explain: "",
    spec: null,
    *judge() {
      for (const each of found) if (each !== null) yield { severity: "error", detail: `${code}.`, fix: ["x"], where: [HERE], ...each };
    },
    ...data,
  };
}

/** `code < cause` in their order. */
function links(rules: Rule[], facts: Facts = healthy(), ignore: string[] = []): string[] {
  return judge(facts, { rules, ignore }).findings.map(({ code, causedBy }) => (causedBy === null ? code : `${code} < ${causedBy}`));
}

describe("causes", () => {
  const B = rule("connect/b");
  const cases: [string, Rule[], string[], Facts?][] = [
    ["by code", [rule("tls/a", { causes: ["connect/b"] }), B], ["tls/a", "connect/b < tls/a"]],
    ["none named", [rule("tls/a"), B], ["connect/b", "tls/a"]],
    ["a rule isn't its own cause", [rule("tls/a", { causes: ["tls/a"], found: [{}, {}] })], ["tls/a", "tls/a"]],
    ["by a sign", [rule("tls/a", { causes: ["bad-answer"] }), rule("keys/c", { signOf: ["bad-answer"] })], ["tls/a", "keys/c < tls/a"]],
    [
      "by another sign",
      [rule("tls/a", { causes: ["bad-answer"] }), rule("keys/c", { signOf: ["wrong-virtual-host"] })],
      ["tls/a", "keys/c"],
    ],
    [
      "whatever is a sign of no delegation is one of a wrong route",
      [rule("name/a", { causes: ["wrong-route"] }), rule("keys/c", { signOf: ["no-delegation"] })],
      ["name/a", "keys/c < name/a"],
    ],
    [
      "but not the other way round",
      [rule("name/a", { causes: ["no-delegation"] }), rule("keys/c", { signOf: ["wrong-route"] })],
      ["name/a", "keys/c"],
    ],
    [
      "by what breaks",
      [rule("name/a", { causes: ["certificate"] }), rule("tls/c", { breaks: "certificate" })],
      ["name/a", "tls/c < name/a"],
    ],
    [
      "a certificate is part of an endpoint",
      [rule("name/a", { causes: ["endpoint"] }), rule("tls/c", { breaks: "certificate" })],
      ["name/a", "tls/c < name/a"],
    ],
    [
      "an endpoint isn't part of a certificate",
      [rule("name/a", { causes: ["certificate"] }), rule("tls/c", { breaks: "endpoint" })],
      ["name/a", "tls/c"],
    ],
    [
      "a broken route explains what is a sign of it",
      [rule("srv/a", { breaks: "route" }), rule("keys/c", { signOf: ["wrong-route"] })],
      ["srv/a", "keys/c < srv/a"],
    ],
    [
      "a broken well-known explains what is a sign of no delegation",
      [rule("well-known/a", { breaks: "well-known" }), rule("keys/c", { signOf: ["no-delegation"] })],
      ["well-known/a", "keys/c < well-known/a"],
    ],
    [
      "but nothing where an SRV record leads",
      [rule("well-known/a", { breaks: "well-known", causes: ["connect/b"] }), B],
      // The route's own fault then explains that the file is missed.
      ["connect/b", "well-known/a < connect/b"],
      viaSrv([endpoint()]),
    ],
    [
      "at another endpoint",
      [rule("tls/a", { causes: ["connect/b"] }), rule("connect/b", { found: [{ where: [THERE] }] })],
      ["connect/b", "tls/a"],
    ],
    [
      "at one of several",
      [rule("tls/a", { causes: ["connect/b"] }), rule("connect/b", { found: [{ where: [THERE, HERE] }] })],
      ["tls/a", "connect/b < tls/a"],
    ],
    [
      "what isn't at endpoints explains anything",
      [rule("name/a", { causes: ["connect/b"], found: [{ where: ["x"] }] }), B],
      ["name/a", "connect/b < name/a"],
    ],
    [
      "what isn't at endpoints is explained by anything",
      [rule("tls/a", { causes: ["name/b"] }), rule("name/b", { found: [{ where: ["x"] }] })],
      ["tls/a", "name/b < tls/a"],
    ],
    ["an SRV fault at an endpoint", [rule("srv/a", { causes: ["connect/b"], found: [{ where: [THERE] }] }), B], ["srv/a", "connect/b"]],
    [
      "an SRV fault at a name",
      [rule("srv/a", { causes: ["connect/b"], found: [{ where: ["_matrix._tcp.example.com"] }] }), B],
      ["srv/a", "connect/b < srv/a"],
    ],
    [
      "a warning that could be an error explains nothing",
      [rule("tls/a", { severity: ["error", "warning"], causes: ["connect/b"], found: [{ severity: "warning" }] }), B],
      ["connect/b", "tls/a"],
    ],
    [
      "what is never more than a warning does",
      [rule("tls/a", { severity: "warning", causes: ["connect/b"], found: [{ severity: "warning" }] }), B],
      ["tls/a", "connect/b < tls/a"],
    ],
    [
      "information has no cause",
      [rule("tls/a", { causes: ["connect/b"] }), rule("connect/b", { severity: "info", found: [{ severity: "info" }] })],
      ["tls/a", "connect/b"],
    ],
    [
      "one that explains what is wrong at some places",
      [
        rule("address/a", { found: [{ where: ["host"], explainsOthers: { at: ["one", "two"] } }] }),
        rule("tls/b", { found: [{ where: ["one"] }, { where: ["one", "three"] }] }),
      ],
      ["address/a", "tls/b", "tls/b < address/a"],
    ],
    [
      "what it explains has no other cause",
      [rule("well-known/a", { causes: ["connect/b"] }), B, rule("address/c", { found: [{ explainsOthers: { at: [HERE] } }] })],
      ["address/c", "well-known/a < address/c", "connect/b < address/c"],
    ],
    ["one that stands beside", [rule("tls/a", { causes: ["connect/b"], found: [{ explainsOthers: false }] }), B], ["connect/b", "tls/a"]],
    ["no circle", [rule("tls/a", { causes: ["connect/b"] }), rule("connect/b", { causes: ["tls/a"] })], ["connect/b", "tls/a < connect/b"]],
    [
      "a chain",
      [rule("tls/a", { causes: ["connect/b"] }), rule("connect/b", { causes: ["keys/c"] }), rule("keys/c", { causes: ["tls/a"] })],
      ["keys/c", "connect/b < keys/c", "tls/a < keys/c"],
    ],
    [
      "the first cause in the registry",
      [rule("tls/a", { causes: ["keys/c"] }), rule("federation/b", { causes: ["keys/c"] }), rule("keys/c")],
      ["tls/a", "federation/b", "keys/c < tls/a"],
    ],
    [
      "a machine that is blind leads",
      [rule("tls/a", { causes: ["keys/c"] }), rule("keys/c"), rule("machine/m", { machine: "blinds" })],
      ["machine/m", "tls/a < machine/m", "keys/c < machine/m"],
    ],
    [
      "a machine that is blind for something",
      [rule("tls/a"), rule("keys/c"), rule("machine/m", { machine: "blinds", causes: ["keys/c"] })],
      ["machine/m", "tls/a", "keys/c < machine/m"],
    ],
    [
      "what is about the machine isn't explained by it",
      [rule("machine/m", { machine: "blinds" }), rule("dns/l", { machine: "limits" })],
      ["machine/m", "dns/l"],
    ],
    [
      "a missed file is explained by a fault of the route",
      [rule("well-known/a", { breaks: "well-known" }), rule("tls/b")],
      ["tls/b", "well-known/a < tls/b"],
    ],
    ["not by one elsewhere", [rule("well-known/a", { breaks: "well-known" }), rule("name/b")], ["name/b", "well-known/a"]],
    [
      "not as a warning",
      [rule("well-known/a", { breaks: "well-known", severity: ["error", "warning"], found: [{ severity: "warning" }] }), rule("tls/b")],
      ["tls/b", "well-known/a"],
    ],
    [
      "not when it explains something itself",
      [rule("well-known/a", { breaks: "well-known", causes: ["srv/c"] }), rule("tls/b"), rule("srv/c", { found: [{ where: ["x"] }] })],
      ["well-known/a", "tls/b", "srv/c < well-known/a"],
    ],
  ];
  for (const [title, rules, expected, facts] of cases) test(title, () => assert.deepEqual(links(rules, facts), expected));
});

test("in the order of severity, then of the steps; consequences last", () => {
  const rules = [
    rule("keys/a"),
    rule("tls/w", { severity: "warning", found: [{ severity: "warning" }] }),
    rule("policy/p"),
    rule("dns/d"),
    rule("machine/m"),
    rule("name/i", { severity: "info", found: [{ severity: "info" }] }),
    rule("name/n", { causes: ["keys/a"] }),
    rule("well-known/x"),
  ];
  assert.deepEqual(links(rules), ["name/n", "dns/d", "machine/m", "well-known/x", "policy/p", "tls/w", "name/i", "keys/a < name/n"]);
});

test("a consequence gives no advice; places are named once; the machine's findings stand beside the resolver's", () => {
  const rules = [rule("tls/a", { causes: ["keys/c"], found: [{ where: [HERE, HERE] }] }), rule("keys/c"), rule("machine/m")];
  const { findings } = judge(healthy(), { rules });
  assert.deepEqual(
    findings.map(({ code, step, fix, where }) => [code, step, fix.length, where.length]),
    [
      ["machine/m", "dns", 1, 1],
      ["tls/a", "tls", 1, 1],
      ["keys/c", "keys", 0, 1],
    ],
  );
});

test("a rule that throws is named, and all others are heard", () => {
  const broken = rule("tls/a", {
    *judge() {
      yield* [];
      throw new Error("oops");
    },
  });
  const judged = judge(healthy(), { rules: [broken, rule("keys/c"), rule("keys/d")], ignore: ["keys/d"] });
  assert.deepEqual(
    judged.broken.map(({ code, error }) => `${code}: ${(error as Error).message}`),
    ["tls/a: oops"],
  );
  assert.deepEqual(
    judged.findings.map(({ code }) => code),
    ["keys/c"],
  );
});

test("what reports need of the rules", () => {
  const { breaks, machine, reach } = judge(healthy(), {
    rules: [rule("tls/a", { breaks: "certificate" }), rule("keys/b"), rule("dns/l", { machine: "limits" })],
  });
  assert.deepEqual([...breaks], [["tls/a", "certificate"]]);
  assert.deepEqual([...machine], [["dns/l", "limits"]]);
  assert.ok(
    reach.length > 5 && reach.every(({ reaches, via, because }) => reaches === "yes" && via === "well-known" && because.length === 0),
  );
});

test("whom a finding affects, and because of what somebody doesn't reach the server", () => {
  const down = healthy({
    targets: [
      {
        host: "matrix.example.com",
        port: 443,
        overridden: false,
        endpoints: [endpoint({ tcp: { status: "failed", error: { code: "refused", message: "x" }, ms: 1 } })],
      },
    ],
  });
  const about = (more: Partial<Rule> & { found?: Partial<Found>[] }) => {
    const { findings, reach } = judge(down, { rules: [rule("connect/a", { mechanisms: ["connect:refused"], ...more })] });
    return [findings[0]?.affects, reach.find(({ homeserver }) => homeserver === "Synapse")?.because];
  };
  assert.deepEqual(about({}), ["all", ["connect/a"]]);
  assert.deepEqual(about({ mechanisms: ["connect:timeout"] }), [[], ["connect/a"]], "where nothing is about it, what is wrong by itself");
  const mild = { severity: "info" as const, found: [{ severity: "info" as const }] };
  assert.deepEqual(about({ mechanisms: ["connect:timeout"], ...mild }), [[], []]);
  assert.deepEqual(about({ mechanisms: ["connect:timeout"], concerns: "everybody" }), ["all", ["connect/a"]]);
  assert.deepEqual(
    about({ found: [{ where: ["elsewhere"] }] }),
    ["all", ["connect/a"]],
    "a place may have a name that the walk doesn't know",
  );
  assert.deepEqual(about({ severity: "info", found: [{ severity: "info" }] }), ["all", ["connect/a"]]);
  const { reach } = judge(down, {
    rules: [
      rule("connect/i", { mechanisms: ["connect:refused"], severity: "info", found: [{ severity: "info" }] }),
      rule("connect/a", { mechanisms: ["connect:refused"] }),
    ],
  });
  assert.deepEqual(
    reach.map(({ reaches, because }) => `${reaches} ${because.join()}`),
    reach.map(() => "no connect/a"),
  );
});

test("what only nameservers can tell", () => {
  assert.ok(nameserverFindings.has("dns/nameservers-disagree"));
  assert.ok(!nameserverFindings.has("tls/expired") && nameserverFindings.size < 12);
});
