/** The line of a monitoring plugin, read by the guidelines' grammar. */
import assert from "node:assert/strict";

/**
 * The grammar of the Monitoring Plugins' guidelines: text, a bar, `'label'=value[UOM];[warn];[crit];[min];[max]` with ranges
 * `[@]start:end`.
 */
const NUMBER = String.raw`-?\d+(?:\.\d+)?`;
const RANGE = String.raw`@?(?:(?:~|${NUMBER}):)?(?:${NUMBER})?`;
const ITEM = String.raw`(?:[^ ='|]+|'[^=']+')=${NUMBER}(?:s|us|ms|%|B|KB|MB|TB|c)?(?:;(?:${RANGE})(?:;(?:${RANGE})(?:;(?:${NUMBER})?(?:;(?:${NUMBER})?)?)?)?)?`;
const LINE = new RegExp(String.raw`^MATRIX (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+) \| (${ITEM}(?: ${ITEM})*)\n$`);

export function readNagios(line: string) {
  const found = LINE.exec(line);
  assert.ok(found, line);
  const [, word = "", text = "", performance = ""] = found;
  return { word, text, performance: Object.fromEntries(performance.split(" ").map((item) => item.split("=") as [string, string])) };
}
