/** Places that asked to be left alone for a while, by status 429 or by 503 with Retry-After: nothing more is asked there. */
import { place } from "../facts/address.ts";
import type { Facts, HttpFacts, Outcome } from "../facts/facts.ts";
import { endpointsOf } from "./endpoints.ts";
import { asksToWait } from "./http-status.ts";
import { done } from "./outcome.ts";

/** Addresses with ports, as they are connected to. */
export function placesThatAskToWait(facts: Facts): ReadonlySet<string> {
  const places = new Set<string>();
  const see = (at: { address: string; port: number }, outcome: Outcome<HttpFacts> | undefined): void => {
    const response = outcome === undefined ? null : done(outcome);
    if (response !== null && asksToWait(response)) places.add(place(at.address, at.port));
  };
  for (const { address, port, version, keys, encodedPath, hostPort, put } of endpointsOf(facts)) {
    const at = { address, port };
    see(at, version.status === "done" ? { ...version, value: version.value.response } : undefined);
    see(at, keys.status === "done" ? { ...keys, value: keys.value.response } : undefined);
    for (const outcome of [encodedPath, hostPort, put]) see(at, outcome);
  }
  if (facts.wellKnown.status === "done")
    for (const { hops } of facts.wellKnown.value.attempts)
      for (const { connection, response } of hops) if (connection !== null) see(connection, response);
  return places;
}
