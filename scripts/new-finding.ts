/**
 * `npm run new-finding -- tls/weak-key`: makes the files of a finding. The rule with the skeleton of its page, its line in the area's
 * index.ts, and a test with a scenario and a look-alike, which fails until both are written. CONTRIBUTING.md tells the rest.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a finding of that area is about, and which section demands it most often. */
const AREAS: Record<string, { spec: string; breaks: string | null }> = {
  name: { spec: "serverName", breaks: null },
  "well-known": { spec: "wellKnown", breaks: null },
  srv: { spec: "resolving", breaks: null },
  address: { spec: "resolving", breaks: null },
  connect: { spec: "resolving", breaks: "endpoint" },
  tls: { spec: "tls", breaks: "endpoint" },
  federation: { spec: "version", breaks: "endpoint" },
  keys: { spec: "keys", breaks: "endpoint" },
  dns: { spec: "resolving", breaks: null },
  policy: { spec: "resolving", breaks: null },
  client: { spec: "wellKnown", breaks: null },
};

const [code = ""] = process.argv.slice(2);
const problem = make(code);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}

function make(wanted: string): string | null {
  const [, area = "", name = ""] = /^([a-z-]+)\/([a-z][a-z0-9-]*)$/.exec(wanted) ?? [];
  const about = AREAS[area];
  if (about === undefined || name === "")
    return `usage: npm run new-finding -- <area>/<name>, where area is ${Object.keys(AREAS).join(", ")}`;
  const rule = join("src", "rules", area, `${name}.ts`);
  const index = join("src", "rules", area, "index.ts");
  const scenario = join("test", "scenarios", `${area}-${name}.test.ts`);
  if (!existsSync(join(ROOT, index))) return `${index} doesn't exist: make the area first, and list it in src/rules/registry.ts`;
  for (const path of [rule, scenario]) if (existsSync(join(ROOT, path))) return `${path} exists already`;

  const indexText = readFileSync(join(ROOT, index), "utf8");
  const listed = registered(indexText, area, name);
  if (listed === null) return `${index} doesn't end in a list of rules: add ${exportOf(area, name)} by hand`;
  writeFileSync(join(ROOT, rule), ruleText(area, name, about));
  writeFileSync(join(ROOT, index), listed);
  writeFileSync(join(ROOT, scenario), scenarioText(area, name));
  process.stdout.write(`${rule}\n${index}\n${scenario}\n\nNext: see "A finding" in CONTRIBUTING.md.\n`);
  return null;
}

/** Names like `timeout` occur in several areas. */
function exportOf(area: string, name: string): string {
  return `${area}-${name}`.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The index with one more import and one more entry, at the end: the order says which of several causes is named. */
function registered(text: string, area: string, name: string): string | null {
  const exported = exportOf(area, name);
  const lastImport = [...text.matchAll(/^import .*;\n/gm)].at(-1);
  const end = text.lastIndexOf("];");
  if (lastImport === undefined || end < 0) return null;
  const afterImports = lastImport.index + lastImport[0].length;
  const list = text.slice(afterImports, end);
  const comma = /,\s*$/.test(list) || /\[\s*$/.test(list) ? "" : ",";
  const head = `${text.slice(0, afterImports)}import { ${exported} } from "./${name}.ts";\n`;
  return `${head}${list.trimEnd()}${comma}\n  ${exported},\n${text.slice(end)}`;
}

function ruleText(area: string, name: string, { spec, breaks }: { spec: string; breaks: string | null }): string {
  return `/** ${area}/${name}: what is wrong, in one line. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const ${exportOf(area, name)}: Rule = {
  code: "${area}/${name}",
  severity: "error",
  // TODO: mechanisms (src/homeservers/failure.ts): at which faults of the models' walks it is shown; who fails there is affected.
  title: "TODO: one line without a final dot",
  spec: SPEC.${spec},${breaks === null ? "" : `\n  breaks: "${breaks}",`}
  explain: \`
TODO: what it means.

**How it shows.** TODO

**Who is affected.** TODO

**Look-alikes.** TODO: other findings in backticks, and how to tell them apart.

**Usual causes.** TODO

**Fix.** TODO

**Log lines.** TODO: what homeservers write when they meet it.
\`,
  *judge(facts: Facts): Iterable<Found> {
    for (const endpoint of endpointsOf(facts)) {
      // TODO: which endpoints, by a view; nothing else may stand here.
      yield { severity: "error", detail: "TODO.", fix: ["TODO"], where: [endpoint.place] };
    }
  },
};
`;
}

function scenarioText(area: string, name: string): string {
  return `/** ${area}/${name}, and what looks like it. */
import { healthy, run } from "./scenario.ts";

run([
  {
    title: "${area}/${name}",
    // TODO: what is set up, so that it is found.
    network: healthy,
    finds: ["${area}/${name} error"],
    verdict: "fail",
  },
  {
    title: "not ${area}/${name}, but a look-alike",
    // TODO: what looks like it, and which finding it is instead.
    network: healthy,
    finds: ["TODO"],
    verdict: "fail",
  },
]);
`;
}
