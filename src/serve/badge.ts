/** A badge for Shields' endpoint (shields.io/badges/endpoint-badge). */
import type { Report, Verdict } from "../facts/output.ts";

const SHOWN: Readonly<Record<Verdict, readonly [message: string, color: string]>> = {
  pass: ["works", "brightgreen"],
  warn: ["works, with warnings", "yellow"],
  fail: ["broken", "red"],
  inconclusive: ["unknown", "lightgrey"],
};

/** Shields asks no more often than that. */
const CACHE_SECONDS = 300;

export function badgeJson({ verdict }: Report): string {
  const [message, color] = SHOWN[verdict];
  return `${JSON.stringify({
    schemaVersion: 1,
    label: "matrix federation",
    message,
    color,
    ...(verdict === "fail" ? { isError: true } : {}),
    cacheSeconds: CACHE_SECONDS,
  })}\n`;
}
