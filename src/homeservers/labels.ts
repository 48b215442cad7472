/** Labels of DNS names that some implementations can't look up, by what is odd about them. */
import { isSymbol, uLabel } from "../matrix/a-label.ts";

export type LabelFault =
  | "edge-hyphen" //      a hyphen at the start or the end
  | "reserved-hyphens" // `--` as third and fourth character without `xn` (RFC 5891, 4.2.3.1)
  | "bad-a-label" //      `xn--` that is no A-label
  | "symbol" //           an A-label for a symbol, which IDNA 2008 doesn't allow (RFC 5892)
  | "underscore";

/** What is odd about the labels of `host`, each once. */
export function labelFaults(host: string): LabelFault[] {
  if (host.includes(":")) return []; // an IPv6 literal
  return [...new Set(host.replace(/\.$/, "").split(".").flatMap(faultsOf))];
}

function faultsOf(label: string): LabelFault[] {
  const faults: LabelFault[] = label.includes("_") ? ["underscore"] : [];
  if (label.startsWith("-") || label.endsWith("-")) faults.push("edge-hyphen");
  if (label.slice(2, 4) !== "--") return faults;
  if (!/^xn/i.test(label)) return [...faults, "reserved-hyphens"];
  const unicode = uLabel(label);
  if (unicode === null) return [...faults, "bad-a-label"];
  return isSymbol(unicode) ? [...faults, "symbol"] : faults;
}
