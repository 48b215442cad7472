/** Whom servers turn away for their names (User-Agent) where they answer others. */
import type { DifferentAnswer, EndpointFacts, WellKnownAttempt } from "../facts/facts.ts";
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { isChallenge } from "./challenge.ts";

/** The User-Agents that don't get the well-known at this address while others do; empty text is who sends none. */
export function turnedAway({ hops, reading }: Pick<WellKnownAttempt, "hops" | "reading">): string[] {
  return hops.flatMap((hop, index) => {
    const { others = [], alike = [] } = hop;
    // What isn't the last hop led on.
    const isSynapseLet = hop.location !== null || (index === hops.length - 1 && reading?.kind === "m.server");
    if (!isSynapseLet && !others.some(isLet)) return [];
    const refused = others.filter((each) => !isLet(each)).map(({ userAgent }) => userAgent);
    return isSynapseLet ? refused : [USER_AGENTS.synapse, ...alike, ...refused];
  });
}

/** What the well-known says at this address to other User-Agents than Synapse's, of those who get it. */
export function toldOthers({ hops }: Pick<WellKnownAttempt, "hops">): string[] {
  return hops.flatMap(({ others = [] }) => others.flatMap(({ reading }) => (reading?.kind === "m.server" ? [reading.value] : [])));
}

/** The endpoint lets others have the version or the keys, and Synapse not. */
export function turnsSynapseAway({ refusedTo = [] }: Pick<EndpointFacts, "refusedTo">): boolean {
  return refusedTo.some(({ userAgent }) => userAgent === USER_AGENTS.synapse);
}

function isLet({ response, reading }: DifferentAnswer): boolean {
  return reading?.kind === "m.server" && response.status === "done" && !isChallenge(response.value);
}
