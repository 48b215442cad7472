/**
 * How much one check asks of a server: whoever names it may not be who runs it, and one name can lead to 16 targets with 32 addresses each.
 * What is left out depends on DNS alone, not on which answer came first. Pure.
 */
import type { Facts, Hop } from "../facts/facts.ts";
import { REPRESENTATIVES } from "../matrix/user-agents.ts";
import type { HostAddress } from "./resolver/questions.ts";
import { asksToWait, mayBeRefusal } from "../views/http-status.ts";

/** Addresses that one name may lead to; see `Io.mostAddresses`. */
export const MOST_ADDRESSES = 32;
/**
 * At so many addresses the well-known is asked for as other homeservers ask, too: what many addresses have in common is the proxy behind
 * them.
 */
export const ASKED_AS_OTHERS = 4;
/** Requests to the servers of one name. */
export const MOST_REQUESTS = 64;
/** The version and the keys: without these nothing is known of an endpoint. */
export const LEAST_PER_ENDPOINT = 2;

export interface Share {
  /** Addresses of each target. */
  addresses: number;
  /** Requests to each target, of all its addresses together. */
  requests: number;
  /** At so many of them all homeservers are asked for, where one is turned away. */
  everybody: number;
}

/** At so many endpoints of a name. */
const EVERYBODY_AT = 2;

/** What each of `targets` gets. `spent`: requests that the same server got already. */
export function shareOf(targets: number, mostAddresses: number, spent: number): Share {
  const each = Math.max(1, targets);
  const requests = Math.floor((MOST_REQUESTS - spent) / each);
  return {
    requests,
    addresses: Math.min(Math.floor(mostAddresses / each), Math.floor(requests / LEAST_PER_ENDPOINT)),
    everybody: Math.floor(EVERYBODY_AT / each),
  };
}

/** The first `most`, of both families alike. */
export function fewest<A extends Pick<HostAddress, "family">>(addresses: readonly A[], most: number): A[] {
  if (addresses.length <= most) return [...addresses];
  const of = (family: 4 | 6): A[] => addresses.filter((each) => each.family === family);
  const [four, six] = [of(4), of(6)];
  const sixes = Math.min(six.length, Math.max(Math.floor(most / 2), most - four.length));
  return [...four.slice(0, most - sixes), ...six.slice(0, sixes)];
}

/** To how many of `endpoints` all requests go, `all` each; the others get the least. */
export function fullyAsked(endpoints: number, requests: number, all: number): number {
  if (endpoints * all <= requests) return endpoints;
  return Math.max(0, Math.floor((requests - LEAST_PER_ENDPOINT * endpoints) / (all - LEAST_PER_ENDPOINT)));
}

/** Requests that the well-known took from a host. */
export function wellKnownRequests({ wellKnown }: Pick<Facts, "wellKnown">, host: string): number {
  if (wellKnown.status !== "done") return 0;
  const hops = wellKnown.value.attempts.flatMap((attempt, index) =>
    attempt.hops
      .filter((hop) => hop.host === host)
      .map((hop) => ({ ...hop, others: index < ASKED_AS_OTHERS ? REPRESENTATIVES.length : 0 })),
  );
  const isAskedTwice = ({ response }: Pick<Hop, "response">): boolean =>
    response.status === "done" && mayBeRefusal(response.value.status) && !asksToWait(response.value);
  return hops.reduce((sum, hop) => sum + (isAskedTwice(hop) ? 2 : 1) + hop.others, 0);
}

/** What is left for finding causes. `few`: of each endpoint's requests one may have been made twice. */
export function requestsLeft(facts: Pick<Facts, "targets">, few: boolean): number {
  const asked = facts.targets.flatMap(({ endpoints }) =>
    endpoints.flatMap(({ version, keys, encodedPath, hostPort, put }) =>
      [version, keys, encodedPath, hostPort, put, ...(few ? [version] : [])].filter(
        (each) => each?.status === "done" || each?.status === "failed",
      ),
    ),
  );
  return Math.max(0, MOST_REQUESTS - asked.length);
}
