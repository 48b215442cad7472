/** Who reaches the server, in words: one line for a person in a hurry, and a row for each homeserver. */
import type { Reach, Report } from "../facts/output.ts";
import { groupBy } from "../views/words.ts";
import type { Row } from "./pretty-connection.ts";

/** `Reached by Synapse, Dendrite · not by conduwuit, tuwunel (well-known/too-large)`; null when nothing is known of anybody. */
export function reachLine(reach: readonly Reach[]): string | null {
  const those = (word: Reach["reaches"]): Reach[] => reach.filter(({ reaches }) => reaches === word);
  if (reach.length === those("unknown").length) return null;
  if (reach.length === those("yes").length) return "Reached by all known homeservers";
  if (reach.length === those("no").length) return `Reached by no known homeserver${reasonOfAll(reach)}`;
  const parts = [
    those("yes").length === 0 ? "" : `by ${names(those("yes"))}`,
    byReason(those("sometimes"), "sometimes by"),
    byReason(those("no"), "not by"),
    those("unknown").length === 0 ? "" : `not known for ${names(those("unknown"))}`,
  ].filter((part) => part !== "");
  const said = parts.join(" · ");
  return said.startsWith("not by") ? said.replace(/^not by/, "Not reached by") : `Reached ${said}`;
}

function names(reach: readonly Reach[]): string {
  return reach.map(({ homeserver }) => homeserver).join(", ");
}

/** The same first reason, the same group. */
function byReason(reach: readonly Reach[], how: string): string {
  const groups = new Map<string, Reach[]>();
  for (const each of reach) {
    const [reason = ""] = each.because;
    groups.set(reason, [...(groups.get(reason) ?? []), each]);
  }
  const said = [...groups].map(([reason, group]) => `${names(group)}${reason === "" ? "" : ` (${reason})`}`);
  return said.length === 0 ? "" : `${how} ${said.join(", ")}`;
}

function reasonOfAll(reach: readonly Reach[]): string {
  const reasons = new Set(reach.map(({ because: [reason = ""] }) => reason));
  const [only = ""] = reasons;
  return reasons.size === 1 && only !== "" ? ` (${only})` : "";
}

const WORDS: Readonly<Record<Reach["reaches"], string>> = { yes: "yes", no: "no", sometimes: "sometimes", unknown: "not known" };

/** What stands in a table of homeservers: name, whether, by which way, because of what. */
export const REACH_HEADINGS = ["Homeserver", "Reaches it", "By", "Because of"] as const;

export function reachCells({ homeserver, reaches, via, because }: Reach): [name: string, word: string, by: string, because: string[]] {
  return [homeserver, WORDS[reaches], via ?? "", because];
}

/** For the evidence: those of whom the same is true together. */
export function reachRows({ reach }: Report): Row[] {
  const groups = groupBy(reach, ({ reaches, via, because }) => JSON.stringify([reaches, via, because]));
  return groups.flatMap((group): Row[] => {
    const [first] = group;
    if (first === undefined) return [];
    const [, word, by, because] = reachCells(first);
    const how = [...(by === "" ? [] : [`by ${by}`]), ...because].join("; ");
    return [{ level: 0, label: word, text: `${names(group)}${how === "" ? "" : ` (${how})`}` }];
  });
}
