/** Does a homeserver answer at an endpoint to another Host than the route's? Only the clues know. */
import type { Clues, EndpointFacts, Facts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";

export type OtherHost = Pick<NonNullable<Clues["otherHosts"]>[number], "kind" | "host">;

/** The Host to which a homeserver answers there, `kind` before others; null when none is known. */
export function otherHost(
  { clues }: Facts,
  { address, port }: Pick<EndpointFacts, "address" | "port">,
  kind?: OtherHost["kind"],
): OtherHost | null {
  const at = place(address, port);
  const known = clues?.otherHosts?.filter((each) => each.isHomeserver && each.place === at) ?? [];
  const found = known.find((each) => each.kind === kind) ?? known[0];
  if (found !== undefined) return found;
  // Evidence of 0.1.0 has the SRV target only.
  const target = clues?.srvHost.find((each) => each.isHomeserver && each.place === at);
  return target === undefined ? null : { kind: "srv-target", host: target.host };
}
