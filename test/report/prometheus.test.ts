import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Report } from "../../src/facts/output.ts";
import { prometheusStream } from "../../src/report/prometheus.ts";
import { attacked, HARMFUL, named, whole } from "./attacks.ts";
import { type Sample, readPrometheus } from "./readers/prometheus.ts";
import { example, finding, healthy, inconclusive, output } from "./sample.ts";

const render = (...reports: Report[]) => readPrometheus(whole(prometheusStream(output().tool), reports));
const values = (samples: Sample[], metric: string) =>
  samples.filter((one) => one.metric === metric).map(({ labels: { server_name: _, ...labels }, value }) => [labels, value]);

describe("prometheus", () => {
  test("what there is about one server", () => {
    const samples = render(example());
    assert.deepEqual(values(samples, "verdict"), [
      [{ verdict: "pass" }, 0],
      [{ verdict: "warn" }, 0],
      [{ verdict: "fail" }, 1],
      [{ verdict: "inconclusive" }, 0],
    ]);
    assert.deepEqual(values(samples, "duration_seconds"), [[{}, 0.26]]);
    assert.deepEqual(values(samples, "timestamp_seconds"), [[{}, Date.UTC(2026, 9, 1, 12) / 1000]]);
    assert.deepEqual(
      values(samples, "phase_duration_seconds").find(([labels]) => (labels as { phase: string }).phase === "tls"),
      [{ phase: "tls" }, 0.121],
    );
    assert.deepEqual(values(samples, "finding"), [[{ code: "tls/name-is-srv-target", severity: "error" }, 1]]);
    assert.deepEqual(values(samples, "findings"), [
      [{ severity: "error" }, 1],
      [{ severity: "warning" }, 0],
      [{ severity: "info" }, 0],
    ]);
    const end = Date.UTC(2026, 10, 30) / 1000;
    assert.deepEqual(values(samples, "certificate_expiry_timestamp_seconds"), [
      [{ role: "well-known", host: "example.com", address: "192.0.2.1", port: "443" }, end],
      [{ role: "homeserver", host: "hs1.host.example", address: "192.0.2.10", port: "8448" }, end],
      [{ role: "homeserver", host: "hs1.host.example", address: "2001:db8::10", port: "8448" }, end],
    ]);
    assert.deepEqual(values(samples, "build_info"), [[{ version: "0.1.0" }, 1]]);
    assert.deepEqual(values(samples, "internal_errors"), [[{}, 0]]);
  });

  test("steps that were not done have no duration, and no certificate no end", () => {
    const samples = render(inconclusive());
    assert.deepEqual(values(samples, "phase_duration_seconds"), [[{ phase: "name" }, 0]]);
    assert.deepEqual(values(samples, "certificate_expiry_timestamp_seconds"), []);
  });

  test("an intermediate certificate that ends sooner counts", () => {
    const report = healthy();
    const tls = report.facts.targets[0]?.endpoints[0]?.tls;
    assert.ok(tls?.status === "done");
    tls.value.chain[1]!.notAfter = "2026-10-05T00:00:00.000Z";
    assert.equal(values(render(report), "certificate_expiry_timestamp_seconds")[1]?.[1], Date.UTC(2026, 9, 5) / 1000);
  });

  test("several servers: the samples of a metric stand together; a name twice counts once", () => {
    const samples = render(example(), { ...healthy(), serverName: "other.example" }, healthy());
    assert.deepEqual(
      samples.filter(({ metric }) => metric === "duration_seconds").map(({ labels }) => labels["server_name"]),
      ["example.com", "other.example"],
    );
  });

  test("the same finding twice is one series", () => {
    const samples = render({ ...example(), findings: [finding("a/b"), finding("a/b"), finding("a/b", { severity: "info" })] });
    assert.deepEqual(values(samples, "finding"), [
      [{ code: "a/b", severity: "error" }, 2],
      [{ code: "a/b", severity: "info" }, 1],
    ]);
  });

  // Whether there is an end depends on what Date.parse makes of the attack.
  const metrics = (samples: Sample[]) =>
    [
      ...new Set(
        samples
          .filter(({ metric }) => !metric.startsWith("certificate"))
          .map(({ metric, labels }) => `${metric} ${Object.keys(labels).join()}`),
      ),
    ].toSorted();
  const dated = (report: Report): Report => ({ ...report, startedAt: "2026-10-01T12:00:00.000Z" });
  const harmless = metrics(render(...attacked("x").map(dated)));
  for (const [name, attack] of named) {
    test(`no series of theirs: ${name}`, () => {
      const text = whole(prometheusStream({ name: attack, version: attack }), attacked(attack).map(dated));
      assert.doesNotMatch(text, HARMFUL);
      assert.deepEqual(metrics(readPrometheus(text)), harmless);
    });
  }
});
