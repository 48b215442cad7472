/** Reading what became of one thing that was tried, and the moment for which it is judged. */
import type { Facts, Outcome } from "../facts/facts.ts";

/** The value when it is there. */
export function done<T>(outcome: Outcome<T>): T | null {
  return outcome.status === "done" ? outcome.value : null;
}

/** The value of an outcome, changed; what isn't `done` stays as it is. */
export function mapOutcome<A, B>(outcome: Outcome<A>, change: (value: A) => B): Outcome<B> {
  return outcome.status === "done" ? { ...outcome, value: change(outcome.value) } : outcome;
}

/** The moment for which is judged. */
export function judgedAt(facts: Facts): Date {
  return new Date(facts.startedAt);
}
