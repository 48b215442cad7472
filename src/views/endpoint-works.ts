/** Does this endpoint work? The one answer, for rules, clues and reports. */
import type { EndpointFacts, Facts } from "../facts/facts.ts";
import { certificateOf, isNameless } from "./endpoints.ts";
import { hasSmallGroup } from "./certificate-use.ts";
import { encodedPathSeen } from "./encoded-path.ts";
import { turnsSynapseAway } from "./user-agents.ts";
import { unaskedEncodings } from "./unasked-encoding.ts";
import { keysFaults } from "./keys-faults.ts";
import { done } from "./outcome.ts";

/** Homeservers get what they need from this endpoint: no rule has an error to say of it. Null: this machine can't tell. */
export function endpointWorks(facts: Facts, endpoint: EndpointFacts): boolean | null {
  const reaches = reachesServer(facts, endpoint);
  return reaches === true
    ? keysFaults(facts, endpoint).length === 0 && encodedPathSeen(endpoint)?.decoded !== true && unaskedEncodings(endpoint).length === 0
    : reaches;
}

/**
 * The route leads to this name's homeserver at this endpoint, by every step that the specification demands; its keys may have faults of
 * their own. Null: this machine can't tell.
 */
export function reachesServer(facts: Facts, endpoint: EndpointFacts): boolean | null {
  const outcomes = [endpoint.tcp, endpoint.tls, endpoint.version, endpoint.keys];
  if (outcomes.some((outcome) => outcome.status === "failed")) return false;
  if (outcomes.some((outcome) => outcome.status !== "done")) return null;
  const certificate = certificateOf(facts, endpoint);
  if (certificate === null || certificate.faults.length > 0 || certificate.synapseFaults.length > 0) return false;
  if (hasSmallGroup(certificate.tls)) return false;
  // What is in the facts then are the answers to who is let in.
  if (turnsSynapseAway(endpoint)) return false;
  const version = done(endpoint.version);
  const keys = done(endpoint.keys)?.reading;
  // `server` is optional in the answer (GET /version); the keys say that it is a homeserver.
  const hasVersion = version !== null && (version.server !== null || isNameless(version));
  return hasVersion && keys?.kind === "keys" && keys.serverName === facts.serverName;
}
