// Labels that the grammar of server names allows but Synapse refuses: it runs every host through IDNA 2008 (RFC 5891) before it connects.
import { isSymbol, uLabel } from "./a-label.ts";

export interface OddLabel {
  /** As given. */
  label: string;
  /** What is wrong with it, without its subject: `starts with a hyphen`. */
  problem: string;
}

/**
 * The first label of a DNS name (with or without the final dot) that IDNA 2008 doesn't allow, or null.
 * With `underscore`, for names that the grammar of server names doesn't check (an SRV target), also a label with `_`.
 */
export function oddLabel(host: string, options: { underscore?: boolean } = {}): OddLabel | null {
  if (host.includes(":")) return null; // an IPv6 literal
  for (const label of host.split(".")) {
    const problem = labelProblem(label) ?? (options.underscore === true && label.includes("_") ? `has a "_"` : null);
    if (problem !== null) return { label, problem };
  }
  return null;
}

function labelProblem(label: string): string | null {
  if (label.startsWith("-")) return "starts with a hyphen";
  if (label.endsWith("-")) return "ends with a hyphen";
  if (label.slice(2, 4) !== "--") return null;
  if (!/^xn/i.test(label)) return `has "--" as its third and fourth character, which is reserved for "xn--" (RFC 5891, 4.2.3.1)`;
  const unicode = uLabel(label);
  if (unicode === null) return `starts with "xn--" but isn't a valid A-label (RFC 5890, 2.3.2.1)`;
  // IDNA 2008 has only letters, digits and marks (RFC 5892, 2).
  if (isSymbol(unicode)) return `stands for "${unicode}", which has a symbol; IDNA 2008 allows none (RFC 5892)`;
  return null;
}
