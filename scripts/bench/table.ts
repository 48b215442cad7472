/** What was measured, as rows, and the rows as a table. */

export interface Row {
  section: string;
  what: string;
  /** With its unit. */
  measured: string;
  /** What it is compared with; absent when there is nothing. */
  baseline?: string;
  /** measured / baseline. */
  ratio?: number;
  /** The most that product.md, "Budgets", allows; absent when it names none. */
  budget?: { text: string; kept: boolean };
}

export interface Section {
  title: string;
  /** Of what and against what. */
  note: string;
  rows: Row[];
}

/** A row whose ratio has a budget. */
export function ratioRow(
  section: string,
  what: string,
  { measured, baseline }: { measured: number; baseline: number },
  budget?: number,
): Row {
  const ratio = measured / baseline;
  return {
    section,
    what,
    measured: milliseconds(measured),
    baseline: milliseconds(baseline),
    ratio,
    ...(budget === undefined ? {} : { budget: { text: budget.toFixed(2), kept: ratio <= budget } }),
  };
}

export function milliseconds(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const WIDTHS = [34, 12, 12, 8, 9];

export function renderSection({ title, note, rows }: Section): string {
  const head = line([title, "measured", "baseline", "ratio", "budget"]);
  return [head, ...rows.map(renderRow), ...wrap(note), "", ""].join("\n");
}

function renderRow({ what, measured, baseline, ratio, budget }: Row): string {
  const verdict = budget === undefined ? "" : budget.kept ? " ok" : " OVER";
  return line([`  ${what}`, measured, baseline ?? "", ratio?.toFixed(2) ?? "", budget?.text ?? ""]) + verdict;
}

function line(cells: string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(WIDTHS[index] ?? 0) : cell.padStart(WIDTHS[index] ?? 0)))
    .join("")
    .trimEnd();
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let current = " ";
  for (const word of text.split(" ")) {
    if (current.length + 1 + word.length > 78) {
      lines.push(current);
      current = " ";
    }
    current += ` ${word}`;
  }
  return [...lines, current];
}
