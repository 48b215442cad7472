/** TAP, read strictly. */
import assert from "node:assert/strict";
import { Parser } from "tap-parser";

export interface Point {
  ok: boolean;
  description: string;
  skip: string | null;
  yaml: string[];
  subtest: Point[];
}

/** Reads the part of TAP 14 that this format writes; every other line throws, so that nothing from outside can become a line. */
function read(lines: string[], indent = ""): Point[] {
  const points: Point[] = [];
  let plan: number | null = null;
  while (lines.length > 0 && lines[0]!.startsWith(indent) && plan === null) {
    const line = lines.shift()!.slice(indent.length);
    const subtest: Point[] = [];
    let point = line;
    const comment = /^# Subtest: (.+)$/.exec(line);
    if (comment !== null) {
      subtest.push(...read(lines, `${indent}    `));
      point = lines.shift()!.slice(indent.length);
    }
    const end = /^1\.\.(\d+)$/.exec(point);
    if (end !== null) {
      plan = Number(end[1]);
      continue;
    }
    // A description ends at the first ` #` that has no backslash; `\#` and `\\` are `#` and `\`.
    const found = /^(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])+?)(?: # SKIP(?: ((?:[^\\#]|\\[\\#])+))?)?$/.exec(point);
    assert.ok(found, `no test point: ${point.slice(0, 100)}`);
    const [, not, number, description = "", reason] = found;
    assert.equal(Number(number), points.length + 1);
    if (comment !== null) assert.equal(comment[1], description);
    const yaml: string[] = [];
    if (lines[0] === `${indent}  ---`) {
      lines.shift();
      while (lines[0] !== `${indent}  ...`) {
        if (/^text: \|2$/.test((lines[0] ?? "").trim())) {
          // A literal block: everything that is indented by two more than its key is text.
          const under = `${/^ */.exec(lines[0] ?? "")?.[0] ?? ""}  `;
          yaml.push(lines.shift()!.slice(indent.length + 2));
          while (lines[0].startsWith(under)) yaml.push(lines.shift()!.slice(indent.length + 2));
          continue;
        }
        assert.match(lines[0] ?? "", new RegExp(`^${indent}  ( *)(- )?((\\w+): ?)?("([^"\\\\]|\\\\.)*"|[a-z]+|-?[\\d.]+(e[+-]\\d+)?)?$`));
        yaml.push(lines.shift()!.slice(indent.length + 2));
      }
      lines.shift();
    }
    points.push({
      ok: not === undefined,
      description: description.replace(/\\([\\#])/g, "$1"),
      skip: point.includes(" # SKIP") ? (reason ?? "") : null,
      yaml,
      subtest,
    });
  }
  assert.equal(plan, points.length, "the plan at the end");
  return points;
}

export function readTap(text: string): Point[] {
  assert.ok(text.startsWith("TAP version 14\n") && text.endsWith("\n"));
  const lines = text.split("\n").slice(1, -1);
  const points = read(lines);
  assert.deepEqual(lines, []);
  return points;
}

/** By a parser that isn't ours: nothing is out of place. */
export function assertTap(text: string): void {
  const parser = new Parser({ strict: true });
  const extra: string[] = [];
  parser.on("extra", (line: string) => extra.push(line));
  parser.end(text);
  assert.deepEqual(extra, []);
  assert.equal(parser.bailedOut, false);
  assert.deepEqual(
    parser.failures.flatMap(({ tapError }) => (typeof tapError === "string" ? [tapError] : [])),
    [],
  );
}
