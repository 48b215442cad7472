/** What came of it, as a page. */
export interface Tried {
  file: string;
  line: number;
  /** What was replaced, and by what. */
  source: string;
  replacement: string;
  mutatorName: string;
  noticed: boolean;
  /** Some test reaches it. */
  covered: boolean;
}

export function pageOf(tried: readonly Tried[], command: string, all: number): string {
  return `# Mutation tests

\`${command}\`: ${tried.length} of ${all} mutants, chosen at random.

${tableOf(tried)}
`;
}

export function survivorsOf(tried: readonly Tried[]): string {
  const lines = tried
    .filter(({ noticed }) => !noticed)
    .map(lineOf)
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
  return `${lines.join("")}\n${tableOf(tried)}\n`;
}

export function lineOf({ file, line, mutatorName, source, replacement, covered }: Tried): string {
  return `${file}:${line} ${mutatorName}${covered ? "" : " (no test)"}: ${short(source)} => ${short(replacement)}\n`;
}

function tableOf(tried: readonly Tried[]): string {
  const folders = new Map<string, Tried[]>();
  for (const each of tried) {
    const folder = each.file.split("/").slice(0, 2).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), each]);
  }
  const rows = [...folders].toSorted(([one], [other]) => one.localeCompare(other));
  return `| folder | mutants | noticed | score |
| --- | ---: | ---: | ---: |
${[...rows, ["all", tried] as const].map(([name, all]) => `| ${name} | ${all.length} | ${all.filter(({ noticed }) => noticed).length} | ${score(all)} |`).join("\n")}`;
}

function score(all: readonly Tried[]): string {
  return `${((100 * all.filter(({ noticed }) => noticed).length) / Math.max(1, all.length)).toFixed(1)} %`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return `\`${line.length > 90 ? `${line.slice(0, 88)}…` : line}\``;
}
