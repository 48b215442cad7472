/** Prometheus' text exposition format 0.0.4, as far as this service writes it. */

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `labels` as they stand between the braces, with values that need no escaping; empty: none. */
type Sample = readonly [labels: string, value: number];

export function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return metric(name, "gauge", help, samples);
}

export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return metric(name, "counter", help, samples);
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
