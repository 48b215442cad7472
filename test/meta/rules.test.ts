/**
 * What holds for every rule, whichever fault it is about: where it stands, its page, its sources, its purity, and the tests that it must
 * have.
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { rules } from "../../src/rules/registry.ts";
import { breaksEndpoint } from "../../src/facts/breaks.ts";
import { isConsequence } from "../../src/rules/consequences.ts";
import type { Rule } from "../../src/rules/rule.ts";
import { made } from "../lab/program.ts";
import { loadRuleTests, watchRules, type Observation } from "./watched-rules.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const RULES = join(ROOT, "src", "rules");
const codes = new Set<string>(rules.map(({ code }) => code));
const areaOf = (code: string): string => code.slice(0, code.indexOf("/"));

// Its own tests are declared after those of the rules, and so run after them.
const ofRuleTests = watchRules();
await loadRuleTests();

/** Why no document demands it. */
const WITHOUT_SPEC: Readonly<Record<string, string>> = {
  "dns/resolver-unreachable": "it is about this machine's resolver, not about the server",
  "dns/hosts-file": "it is about this machine's hosts file, not about the server",
  "address/untested": "it is about this machine's connection, not about the server",
};

function files(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The codes of the rules that a file exports. */
function exportedFrom(path: string): string[] {
  const source = readFileSync(path, "utf8");
  const exported = [...source.matchAll(/^export const \w+: Rule = .*\n {2}code: "(.*)",$/gm)].map(([, code = ""]) => code);
  assert.equal(
    exported.length,
    source.match(/\bRule = /g)?.length ?? 0,
    `${path}: a rule begins with "export const", its type and its code`,
  );
  return exported;
}

/** Codes that a text names in backticks. */
function namedIn(text: string): string[] {
  const areas = new Set([...codes].map(areaOf));
  return [
    ...new Set([...text.matchAll(/`([a-z-]+\/[a-z0-9-]+)`/g)].map(([, code = ""]) => code).filter((code) => areas.has(areaOf(code)))),
  ];
}

describe("each rule", () => {
  for (const rule of rules) {
    test(rule.code, () => {
      const path = join(RULES, `${rule.code}.ts`);
      assert.ok(existsSync(path), `src/rules/${rule.code}.ts is its file`);
      assert.deepEqual(exportedFrom(path), [rule.code], "its file has this rule and no other");

      const severities = [rule.severity].flat();
      assert.ok(severities.length > 0 && new Set(severities).size === severities.length, "severities: at least one, each once");

      assert.match(rule.title, /^\S[^\n]{8,88}[^\s.]$/, "the title is one line without a final dot");
      assert.doesNotMatch(
        rule.title,
        /\b(example|matrix)\.(com|org|net)\b|\d+\.\d+\.\d+|https?:|\$\{|undefined/,
        "the title has no server-specific value",
      );

      const page = rule.explain.trim();
      assert.ok(page.length >= 300, `the page has ${page.length} characters`);
      assert.match(page, /^(?!\*\*)[^\n]{40}/, "the page begins with what it means");
      assert.match(page, /^\*\*Who is affected\.?\*\*/m, "the page says who is affected");
      assert.doesNotMatch(page, /^\*\*(Affected|Shows as|How to fix it|How it happens|How it comes about)\b/m, "one name for one heading");
      assert.match(page, /^\*\*(Fix|What to do)\b/m, "the page says how to fix it");
      assert.doesNotMatch(page, /undefined|\[object|TODO|FIXME|\bplease\b/i);
      for (const code of namedIn(page)) assert.ok(codes.has(code), `the page names ${code}, which doesn't exist`);

      if (rule.spec === null) assert.ok(rule.code in WITHOUT_SPEC, "it names its source, or WITHOUT_SPEC says why there is none");
      else assert.match(rule.spec, /^https:\/\/(spec\.matrix\.org|www\.rfc-editor\.org)\/\S+$/);

      assert.ok(existsSync(join(ROOT, "docs", "findings", `${rule.code}.md`)), "it has a page in docs: npm run docs");
    });
  }

  test("none is without a rule: files, pages, reasons", () => {
    const exported = files(RULES, ".ts").flatMap(exportedFrom);
    assert.deepEqual(exported.toSorted(), [...codes].toSorted(), "the registry has all rules");
    assert.deepEqual(
      files(join(ROOT, "docs", "findings"), ".md")
        .map((file) => relative(join(ROOT, "docs", "findings"), file).replace(/\.md$/, ""))
        .filter((code) => !codes.has(code)),
      [],
    );
    assert.deepEqual(
      Object.keys(WITHOUT_SPEC).filter((code) => rules.find((rule) => rule.code === code)?.spec !== null),
      [],
    );
  });
});

describe("causes", () => {
  const causes = new Map(rules.map((rule) => [rule.code, rules.filter((each) => isConsequence(each, rule)).map(({ code }) => code)]));

  test("name findings, signs and parts that exist", () => {
    const kinds = new Set<string>(rules.flatMap(({ signOf = [], breaks }) => [...signOf, ...(breaks === undefined ? [] : [breaks])]));
    for (const { code, causes: named = [] } of rules) {
      assert.deepEqual(
        named.filter((each) => each === code || !(codes.has(each) || kinds.has(each))),
        [],
        code,
      );
    }
  });

  test("belong to rules that can be errors, that are always warnings, or that blind this machine: nothing else is a root cause", () => {
    const canCause = (severity: Rule["severity"]): boolean => severity === "warning" || [severity].flat().includes("error");
    assert.deepEqual(
      rules
        .filter(({ severity, code, machine }) => (causes.get(code)?.length ?? 0) > 0 && !canCause(severity) && machine !== "blinds")
        .map(({ code }) => code),
      [],
    );
  });

  test("form no circle", () => {
    const done = new Set<string>();
    const follow = (code: Rule["code"], path: readonly string[]): void => {
      assert.ok(!path.includes(code), [...path, code].join(" > "));
      if (done.has(code)) return;
      for (const consequence of causes.get(code) ?? []) follow(consequence, [...path, code]);
      done.add(code);
    };
    for (const code of causes.keys()) follow(code, []);
  });

  test("what breaks something can be an error, and every error at an endpoint breaks it", () => {
    const atEndpoints = ["connect", "tls", "federation", "keys"];
    const isError = ({ severity }: Rule): boolean => [severity].flat().includes("error");
    assert.deepEqual(
      rules.filter((rule) => rule.breaks !== undefined && !isError(rule)).map(({ code }) => code),
      [],
    );
    assert.deepEqual(
      rules
        .filter((rule) => isError(rule) && atEndpoints.includes(areaOf(rule.code)) && !breaksEndpoint(rule.breaks))
        .map(({ code }) => code),
      [],
      'breaks: "endpoint" or "certificate" is missing',
    );
  });
});

describe("judging is pure", () => {
  /** Without I/O, clocks and chance. */
  const PURE = new Set(["tldts", "ipaddr.js", "node:url", "node:crypto"]);
  /** Loads tldts, as `import` would, but later. */
  const LOADER = join(ROOT, "src", "facts", "public-suffix-list.ts");

  /** Type imports are gone when it runs. */
  function importsOf(file: string): string[] {
    const source = readFileSync(file, "utf8");
    const named = [...source.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?\sfrom\s+"([^"]+)"/gm)].map(([, from = ""]) => from);
    const bare = [...source.matchAll(/^import\s+"([^"]+)"|(?<!typeof )\b(?:import|require|requirePackage)\("([^"]+)"\)/gm)].map(
      ([, from, required]) => from ?? required ?? "",
    );
    const dynamic = [...source.matchAll(/\b(?:import|require|requirePackage)\((?!")[^)]*\)/g)].map(([call]) => call);
    return [...named, ...bare, ...dynamic];
  }

  test("nothing under src/rules comes to I/O, by any way", () => {
    // A set goes on over what is added to it.
    const reached = new Set(files(RULES, ".ts"));
    const problems: string[] = [];
    for (const file of reached) {
      for (const from of importsOf(file)) {
        if (from.startsWith(".")) {
          const next = join(dirname(file), from);
          if (next !== LOADER) reached.add(next);
        } else if (!PURE.has(from)) problems.push(`${relative(ROOT, file)} imports ${from}`);
      }
    }
    assert.ok(reached.size > rules.length, "imports are followed");
    assert.deepEqual(problems, []);
    const floors = new Set([...reached].map((file) => relative(join(ROOT, "src"), file).split("/")[0] ?? ""));
    assert.deepEqual(
      [...floors].filter((floor) => ["net", "resolver", "probe", "clues", "report", "commands"].includes(floor)),
      [],
    );
  });

  test("no clock, no chance, nothing global", () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bMath\.random\b|\bcrypto\.|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\(|\bconsole\.|\bglobalThis\b|\basync\b|\bawait\b/;
    const found = files(RULES, ".ts").flatMap((file) =>
      readFileSync(file, "utf8")
        // The page and the other texts aren't run; comments neither.
        .replace(/explain: `(?:\\.|[^`\\])*`/g, "")
        .replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "")
        .split("\n")
        .filter((line) => impure.test(line))
        .map((line) => `${relative(ROOT, file)}: ${line.trim()}`),
    );
    assert.deepEqual(found, []);
  });
});

describe("each rule is tested", () => {
  let observations: Observation[] = [];
  before(async () => {
    observations = [...(await ofScenarios()), ...ofRuleTests()];
  });

  test("what scenarios expect exists", () => {
    assert.ok(observations.length > 200, `${observations.length} observations`);
    assert.deepEqual(
      [...new Set(observations.flatMap(({ raised }) => raised))].filter((code) => !codes.has(code)),
      [],
    );
  });

  test("some scenario or rule test raises it", () => {
    assert.deepEqual(
      [...codes].filter((code) => !observations.some(({ raised }) => raised.includes(code))),
      [],
    );
  });

  for (const rule of rules) {
    test(`${rule.code} is told from its look-alikes`, () => {
      const lookAlikes = lookAlikesOf(rule);
      const seen = (raised: string, silent: string): boolean =>
        observations.some((each) => each.judged.includes(silent) && each.raised.includes(raised) && !each.raised.includes(silent));
      assert.ok(
        lookAlikes.codes.some((code) => seen(code, rule.code)),
        `no test has one of them without ${rule.code}: ${lookAlikes.codes.join(", ")}`,
      );
      // Some come together: the other way round is enough for these.
      if (lookAlikes.named)
        assert.deepEqual(
          lookAlikes.codes.filter((code) => !seen(code, rule.code) && !seen(rule.code, code)),
          [],
        );
    });
  }
});

/** The findings that its page tells it from; when it names none, the others of its area. */
function lookAlikesOf({ code, explain }: Rule): { named: boolean; codes: string[] } {
  const paragraph = /\*\*Look-alikes?\b[^]*?(?=\n\n\*\*|$)/.exec(explain.trim())?.[0] ?? "";
  const named = namedIn(paragraph).filter((each) => each !== code);
  return named.length > 0
    ? { named: true, codes: named }
    : { named: false, codes: [...codes].filter((each) => each !== code && areaOf(each) === areaOf(code)) };
}

/** By another process: here they would be run. */
async function ofScenarios(): Promise<Observation[]> {
  const env = { ...process.env };
  // Set by the test runner for its own children.
  delete env["NODE_TEST_CONTEXT"];
  const child = fork(made(new URL("./collect-child.ts", import.meta.url)), ["scenarios"], {
    execArgv: [...process.execArgv, "--test-name-pattern=^no test has this name$"],
    env,
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    timeout: 120_000,
  });
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (complaint += part));
  const result = await Promise.race([once(child, "message"), once(child, "exit").then(() => null)]);
  assert.ok(result !== null, `nothing was collected from the scenarios: ${complaint}`);
  return result[0] as Observation[];
}
