/** Whether the file that decides the route may be none for some homeservers, which then go on without it. */
import type { Facts, Hop, WellKnownAttempt } from "../facts/facts.ts";
import { isIpLiteral } from "../facts/address.ts";
import { synapseFaults } from "./certificate.ts";
import { isCaAsLeaf } from "./certificate-use.ts";
import { hasDoubledKey } from "./doubled-key.ts";
import { done } from "./outcome.ts";
import { lacksEphemeral } from "./handshake.ts";
import { relativeHop } from "./synapse-redirect.ts";
import { wellKnownResults } from "./well-known-result.ts";

/** The least of the homeservers' limits, which a test compares with the models. */
export const LEAST_LIMITS = { bytes: 12_287, ms: 10_000, redirects: 4 };

export function maybeLost(facts: Facts): boolean {
  const results = wellKnownResults(facts);
  if (!results.some(({ result }) => result.kind === "valid")) return false;
  // A Content-Type is no reason: one implementation alone looks at it, and many files have an odd one.
  return results.some(({ attempt, result }) => result.kind !== "valid" || isLostOnTheWay(attempt) || isNotRead(attempt));
}

function isLostOnTheWay(attempt: WellKnownAttempt): boolean {
  const { hops, ms } = attempt;
  return (
    hops.some((hop) => hop.others !== undefined || lacksEphemeral(hop) || hasOddTls(hop)) ||
    hops.length - 1 > LEAST_LIMITS.redirects ||
    relativeHop(attempt) !== null ||
    ms > LEAST_LIMITS.ms
  );
}

/** Most take it. */
function hasOddTls({ connection, host }: Hop): boolean {
  const tls = connection === null ? null : done(connection.tls);
  return tls !== null && (synapseFaults(tls, host, isIpLiteral(host)).length > 0 || isCaAsLeaf(tls));
}

function isNotRead({ hops, reading }: WellKnownAttempt): boolean {
  const last = hops.at(-1);
  const response = last === undefined ? null : done(last.response);
  if (response === null) return false;
  return response.bodyBytes > LEAST_LIMITS.bytes || hasDoubledKey(reading, response);
}
