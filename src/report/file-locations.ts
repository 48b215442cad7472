/** Which of a finding's places are in files: those that were given with --zone-file and --well-known-file. Pure. */
import type { Finding, Report } from "../facts/output.ts";

export interface FileLocation {
  /** As it was given. */
  file: string;
  /** 1-based; null when the finding is about the whole file. */
  line: number | null;
}

export function fileLocations(report: Pick<Report, "facts">, finding: Pick<Finding, "where">): FileLocation[] {
  const { zoneFiles = [], wellKnown } = report.facts;
  // Recorded facts may hold any number.
  const lines = new Map<string, FileLocation>(
    zoneFiles.flatMap(({ file: zone, mistakes, services = [] }) =>
      [...mistakes, ...services]
        .filter(({ line }) => Number.isSafeInteger(line) && line >= 1)
        .map(({ line, file = zone }) => [`${file}:${line}`, { file, line }] as const),
    ),
  );
  for (const { file, hops, reading } of wellKnown.status === "done" ? wellKnown.value.attempts : []) {
    const response = hops[0]?.response;
    if (file === undefined || response?.status !== "done") continue;
    const line = reading?.kind === "not-json" ? lineAt(response.value.excerpt, reading.position) : null;
    lines.set(`file:${file}`, { file, line });
  }
  return finding.where.flatMap((where) => lines.get(where) ?? []);
}

/** Null when the position is behind the excerpt. */
function lineAt(excerpt: string, position: number): number | null {
  return position > excerpt.length ? null : excerpt.slice(0, position).split("\n").length;
}
