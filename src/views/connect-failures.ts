/**
 * Which endpoints can't be connected to, and how much that means: the whole target, a family, or single addresses. Shared by the rules of
 * `connect/`.
 */
import type { Facts, NetError, TargetFacts } from "../facts/facts.ts";
import { type PlacedEndpoint, endpointsOf } from "./endpoints.ts";
import { mayWork, preferredTargets } from "./route.ts";

export interface FailedEndpoint extends PlacedEndpoint {
  error: NetError;
}

interface Reach {
  target: TargetFacts;
  connected: PlacedEndpoint[];
  failed: FailedEndpoint[];
}

function reachOf(facts: Facts): Reach[] {
  const all = endpointsOf(facts);
  return facts.targets.map((target) => {
    const own = all.filter((endpoint) => endpoint.target === target);
    return {
      target,
      connected: own.filter(({ tcp }) => tcp.status === "done"),
      failed: own.flatMap((endpoint) => (endpoint.tcp.status === "failed" ? [{ ...endpoint, error: endpoint.tcp.error }] : [])),
    };
  });
}

/**
 * Endpoints of targets of which no address can be connected to: preferred targets, and all when there is no target left that can be.
 * Not when an address that this machine can't try may be what works.
 */
export function deadEndpoints(facts: Facts): FailedEndpoint[] {
  const reach = reachOf(facts);
  const preferred = preferredTargets(facts);
  const anyAlive = reach.some(({ target, connected }) => connected.length > 0 || mayWork(facts, target));
  return reach
    .filter(({ target, connected }) => connected.length === 0 && !mayWork(facts, target) && (!anyAlive || preferred.includes(target)))
    .flatMap(({ failed }) => failed);
}

/** Targets of which some addresses can be connected to and some can't. */
export function partlyDead(facts: Facts): { target: TargetFacts; connected: PlacedEndpoint[]; failed: FailedEndpoint[] }[] {
  return reachOf(facts).filter(({ connected, failed }) => connected.length > 0 && failed.length > 0);
}

/** The family fails as a whole at this target, while the other one has an address that connects. */
export function isFamilyDown({ connected, failed }: Pick<Reach, "connected" | "failed">, family: 4 | 6): boolean {
  return (
    failed.some((endpoint) => endpoint.family === family) &&
    connected.length > 0 &&
    connected.every((endpoint) => endpoint.family !== family)
  );
}
