/** docs/homeservers.md, from the models: what each implementation does where they differ, and how it is known. */
import { homeservers } from "../src/homeservers/all.ts";
import type { Trait } from "../src/homeservers/model.ts";

type Rows = Map<string, Trait<unknown>[]>;

export function homeserversPage(): string {
  const rows: Rows = new Map();
  for (const { name: _name, versions: _versions, source: _source, ...groups } of homeservers) collect(groups, [], rows);
  const names = homeservers.map(({ name }) => name);
  const notes: string[] = [];
  const cell = ({ is, how, note }: Trait<unknown>): string => {
    if (note !== undefined && !notes.includes(note)) notes.push(note);
    const mark = how === "measured" ? " (m)" : "";
    return `${is === null ? "?" : shown(is)}${mark}${note === undefined ? "" : ` [${notes.indexOf(note) + 1}]`}`;
  };
  const table = [...rows].map(([path, traits]) => `| ${path} | ${traits.map(cell).join(" | ")} |\n`).join("");
  return `# What homeservers do

Made from src/homeservers/ by \`npm run docs\`. (m) was measured with the implementation's own code; everything else was read in its source; ? isn't known,
and is never assumed. \`affects\` and \`reach\` of every report follow from this table.

| implementation | versions | source |
| --- | --- | --- |
${homeservers.map(({ name, versions, source }) => `| ${name} | ${versions} | <${source}> |\n`).join("")}
| | ${names.join(" | ")} |
| --- |${" --- |".repeat(names.length)}
${table}
${notes.map((note, index) => `${index + 1}. ${note}\n`).join("")}
## Whether they still do

\`npm run test:e2e\` has Synapse's own federation client try the situations of test/scenarios, and \`npm run judges\` mautrix-go and resolvematrix, which continuwuity uses (as root on Linux, with Go and Cargo; their
versions are pinned in test/e2e/judges/ and printed). Each situation in which word and deed differ is printed; what is right all the same is explained in scripts/judges.ts.
For a new version change go.mod and go.sum, or Cargo.toml and Cargo.lock, run it, and mend the model that is wrong.

## Measuring a new version

1. Give it names with real DNS, TLS and HTTP servers, each broken in one way, on addresses of a network of its own, with that network's CA trusted and blocked ranges switched off.
2. Let its own federation client ask for the version and for the keys of every name; write down whether it got an answer that it read, whether it took the keys, and its own words.
3. Record the same names with \`matrix-delegation-check --allow-private --save-facts\`.
4. Put both into test/homeservers/measured.jsonl, a line a name, and run \`npm test -- test/homeservers\`: it says where the model disagrees.
5. Change the model in src/homeservers/, never the measurement; mark what was measured with \`measured(…)\`, and the version in \`versions\`. What the evidence can't say goes into LACKING, with the reason.
`;
}

function collect(value: object, path: readonly string[], rows: Rows): void {
  for (const [key, each] of Object.entries(value) as [string, object][]) {
    const name = [...path, key];
    if ("how" in each) rows.set(name.join("."), [...(rows.get(name.join(".")) ?? []), each as Trait<unknown>]);
    else collect(each, name, rows);
  }
}

function shown(is: unknown): string {
  if (Array.isArray(is)) return is.length === 0 ? "none" : is.join(", ");
  if (is === Infinity) return "no limit";
  if (is === "") return "none";
  return typeof is === "boolean" ? (is ? "yes" : "no") : String(is);
}
