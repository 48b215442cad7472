/** What came of it, as a page. */
import type { Placed } from "./sample.ts";

export interface Tried extends Placed {
  noticed: boolean;
  /** Some test reaches it. */
  covered: boolean;
}

/** Why mutants survive; the first kind that fits. */
const KINDS: readonly { title: string; why: string; is(mutant: Tried): boolean }[] = [
  {
    title: "Guards that the types demand",
    why: "`?.`, `??`, `=== undefined` and `=== null` where the compiler can't know that there is a value, and no facts are without it. Without the guard nothing changes.",
    is: ({ mutatorName, source, replacement, covered }) =>
      covered &&
      (mutatorName === "OptionalChaining" ||
        (mutatorName === "LogicalOperator" && source.includes("??")) ||
        (replacement === "false" && /^[\w.?[\]()#]+ === (?:undefined|null)$/.test(source)) ||
        (replacement === "true" && /^[\w.?[\]()#]+ !== (?:undefined|null)$/.test(source))),
  },
  {
    title: "What a rule says of itself",
    why: "`mechanisms`, `causes`, `signOf`: seen only where two faults come together that no scenario brings together, or whom another rule of the same mechanism names as well.",
    is: ({ mutatorName, source, file, covered }) =>
      covered && file.startsWith("src/rules/") && mutatorName === "ArrayDeclaration" && /^\[\s*"/.test(source),
  },
  {
    title: "Limits, a step beside",
    why: "`>` for `>=` and the like, at times and sizes that are a choice: no homeserver does anything else at exactly that value.",
    is: ({ mutatorName, source, replacement, covered }) =>
      covered && mutatorName === "EqualityOperator" && source.replace(/[<>]=?/, "") === replacement.replace(/[<>]=?/, ""),
  },
  {
    title: "Keys by which places are put together",
    why: "Findings at places that say the same are one finding. Too coarse a key shows only where two places have different faults of one kind.",
    is: ({ mutatorName, replacement, source, covered }) =>
      covered && mutatorName === "ArrowFunction" && replacement === "() => undefined" && !source.includes("{\n"),
  },
  {
    title: "No test comes there",
    why: "Neither the recorded evidence nor a unit test reaches it: what only the tests over real sockets see (test/scenarios), and what is missing.",
    is: ({ covered }) => !covered,
  },
  {
    title: "All others",
    why: "Mostly the choice of a text, or a condition that another one beside it implies in all evidence.",
    is: () => true,
  },
];

export function pageOf(tried: readonly Tried[], command: string, all: number): string {
  const left = tried.filter(({ noticed }) => !noticed);
  const byKind = new Map(KINDS.map((kind) => [kind, left.filter((each) => KINDS.find(({ is }) => is(each)) === kind)]));
  const sections = [...byKind]
    .filter(([, survivors]) => survivors.length > 0)
    .map(([{ title, why }, survivors]) => `### ${title} (${survivors.length})\n\n${why}\n\n${listOf(survivors)}`);
  return `# Mutation tests

The source is changed in one place at a time (Stryker's instrumenter: conditions, operators, constants, calls, blocks), and the tests must notice. Texts for
people are not changed. Each mutant is tried in a fresh evaluation of the source, on the tests that meet it: the unit tests of these folders, and up to 400 of the
recorded and measured servers and of the situations in test/rules that all rules judge, those first that go the furthest into the changed file. Tests that need sockets are too slow for it, so src/observe/resolver is not mutated: its tests are the
scenarios, half a second each, and nearly all of them meet every line of it.

The last result of \`${command}\`: ${tried.length} of ${all} mutants, chosen at random.

${tableOf(tried)}

${withoutGuards(tried)}

## Survivors

${sections.join("\n")}`;
}

/** Nothing can notice them; the score above counts them all the same. */
function withoutGuards(tried: readonly Tried[]): string {
  const [guards] = KINDS;
  const rest = tried.filter((each) => each.noticed || guards?.is(each) !== true);
  return `Without the ${tried.length - rest.length} survivors that are guards for the compiler (the first kind below): ${score(rest)}.`;
}

export function summaryOf(tried: readonly Tried[]): string {
  return `${listOf(tried.filter(({ noticed }) => !noticed))}\n${tableOf(tried)}\n`;
}

export function lineOf({ file, line, mutatorName, source, replacement }: Tried): string {
  return `- ${file}:${line} ${mutatorName}: ${short(source)} → ${short(replacement)}\n`;
}

function listOf(survivors: readonly Tried[]): string {
  return survivors
    .map(lineOf)
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .join("");
}

function tableOf(tried: readonly Tried[]): string {
  const folders = new Map<string, Tried[]>();
  for (const each of tried) {
    const folder = each.file.split("/").slice(0, 2).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), each]);
  }
  const rows = [...folders].toSorted(([one], [other]) => one.localeCompare(other));
  const row = ([name, all]: readonly [string, readonly Tried[]]): string =>
    `| ${name} | ${all.length} | ${all.filter(({ noticed }) => noticed).length} | ${score(all)} |`;
  return ["| folder | mutants | noticed | score |", "| --- | ---: | ---: | ---: |", ...rows.map(row), row(["all", tried])].join("\n");
}

function score(all: readonly Tried[]): string {
  return `${((100 * all.filter(({ noticed }) => noticed).length) / Math.max(1, all.length)).toFixed(1)} %`;
}

/** As code on one line. */
function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  const cut = line.length > 90 ? `${line.slice(0, 88)}…` : line;
  return cut.includes("`") ? `\`\` ${cut} \`\`` : `\`${cut}\``;
}
