/** Whether this machine let the check open as many sockets as it needed. */
import type { Facts, Outcome } from "../facts/facts.ts";
import { dnsOutcomes } from "./dns-outcome.ts";

/** The system refused a socket, for a question to a resolver or for a connection (EMFILE, ENFILE). */
export function lacksOpenFiles(facts: Facts): boolean {
  const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
  const connections = [
    ...attempts.flatMap(({ hops }) => hops.flatMap(({ connection }) => (connection === null ? [] : [connection.tcp]))),
    ...facts.targets.flatMap(({ endpoints }) => endpoints.map(({ tcp }) => tcp)),
  ];
  return [...dnsOutcomes(facts), ...connections].some(isForWantOfFiles);
}

export function isForWantOfFiles(outcome: Outcome<unknown>): boolean {
  return outcome.status === "untested" && outcome.because === "open-files";
}
