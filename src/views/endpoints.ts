/** The endpoints of the route, and what their certificates are good for. */
import { certificateFaults, synapseFaults, type CertificateFault, type SynapseFault } from "./certificate.ts";
import type { EndpointFacts, Facts, TargetFacts, TlsFacts, VersionFacts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { done, judgedAt } from "./outcome.ts";
import { workedOutOnce } from "./while-judged.ts";

export interface PlacedEndpoint extends EndpointFacts {
  target: TargetFacts;
  /** `203.0.113.7:8448`, `[2001:db8::1]:8448`. */
  place: string;
}

/** All endpoints of all targets, in the order in which a homeserver tries them. */
export const endpointsOf = workedOutOnce((facts: Facts): readonly PlacedEndpoint[] =>
  facts.targets.flatMap((target) =>
    target.endpoints.map((endpoint) => ({ ...endpoint, target, place: place(endpoint.address, endpoint.port) })),
  ),
);

export interface CertificateView {
  tls: TlsFacts;
  faults: readonly CertificateFault[];
  synapseFaults: readonly SynapseFault[];
}

/** The endpoint's TLS facts and what is wrong with its certificate for the name of the route. */
export function certificateOf(facts: Facts, endpoint: EndpointFacts): CertificateView | null {
  const tls = done(endpoint.tls);
  if (tls === null || facts.route === null) return null;
  const { tlsName, tlsNameIsIp } = facts.route;
  const at = judgedAt(facts);
  return {
    tls,
    faults: certificateFaults(tls, tlsName, tlsNameIsIp, at),
    synapseFaults: synapseFaults(tls, tlsName, tlsNameIsIp),
  };
}

/** Who the homeserver is by its version; where Synapse is turned away, by the version that others get. Null when none came. */
export function serverOf({ version, serverToOthers }: Pick<EndpointFacts, "version" | "serverToOthers">): VersionFacts["server"] {
  return done(version)?.server ?? serverToOthers ?? null;
}

/** JSON that doesn't say which server it is; federation needs no more of it. */
export function isNameless({ problem }: VersionFacts): boolean {
  return problem !== null && NAMELESS.includes(problem);
}

const NAMELESS: readonly string[] = ["no JSON object", "no server object", "no server name"];
