/** Metrics, read strictly. */
import assert from "node:assert/strict";

export interface Sample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

/** The text exposition format 0.0.4, strictly: HELP and TYPE before each metric, its samples together, no series twice. */
export function readPrometheus(text: string, { types = "gauge" }: { types?: "gauge" | "gauge|counter" } = {}): Sample[] {
  assert.ok(text.endsWith("\n"));
  const samples: Sample[] = [];
  const metrics = new Set<string>();
  const series = new Set<string>();
  let current = "";
  const lines = text.split("\n").slice(0, -1);
  for (let i = 0; i < lines.length; i++) {
    const help = /^# HELP (\w+) ([^\\]+)$/.exec(lines[i]!);
    if (help !== null) {
      current = help[1]!;
      assert.ok(!metrics.has(current), `${current} comes twice`);
      metrics.add(current);
      assert.match(lines[++i] ?? "", new RegExp(`^# TYPE ${current} (${types})$`));
      assert.match(lines[i + 1] ?? "", new RegExp(`^${current}[{ ]`), `${current} has no sample`);
      continue;
    }
    const found = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?[\d.e+-]+)$/.exec(lines[i]!);
    assert.ok(found, lines[i]);
    const [, metric = "", list = "", value] = found;
    assert.equal(metric, current);
    const pairs = [...list.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, name = "", raw = ""]) => [name, raw.replace(/\\(.)/g, "$1")] as const,
    );
    assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length);
    const key = metric + JSON.stringify(pairs);
    assert.ok(!series.has(key), `${key} comes twice`);
    series.add(key);
    samples.push({ metric: metric.replace(/^matrix_delegation_check_/, ""), labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}
