/** What the endpoints present: certificates with a fault, and the one name fault that says most. Views on the facts, no text. */
import {
  certificateCovers,
  coveredOnlyAsDnsName,
  coveredOnlyByCommonName,
  defaultCertificate,
  type CertificateFault,
  type SynapseFault,
} from "./certificate.ts";
import { parseServerName } from "../matrix/server-name.ts";
import type { CertificateFacts, Facts, RouteFacts, TlsFacts } from "../facts/facts.ts";
import { type PlacedEndpoint, certificateOf, endpointsOf } from "./endpoints.ts";
import { workedOutOnce } from "./while-judged.ts";

export interface Presented {
  endpoint: PlacedEndpoint;
  route: RouteFacts;
  tls: TlsFacts;
  leaf: CertificateFacts;
  faults: readonly CertificateFault[];
  synapseFaults: readonly SynapseFault[];
}

/** Every endpoint with which a TLS session came about. */
export const presented = workedOutOnce((facts: Facts): readonly Presented[] => {
  const { route } = facts;
  if (route === null) return [];
  return endpointsOf(facts).flatMap((endpoint) => {
    const certificate = certificateOf(facts, endpoint);
    return certificate === null ? [] : [{ endpoint, route, ...certificate, leaf: certificate.tls.chain[0] }];
  });
});

export function presentedWith(facts: Facts, ...faults: readonly CertificateFault[]): Presented[] {
  return presented(facts).filter((each) => faults.some((fault) => each.faults.includes(fault)));
}

export type NameFault =
  "default-certificate" | "name-is-srv-target" | "name-is-server-name" | "ip-as-dns-name" | "no-san" | "name-mismatch";

/** Why the leaf doesn't cover the name of the route: the most telling reason, as one fault is one finding. Null when it covers it. */
export function nameFault(facts: Facts, { endpoint, route, leaf, faults }: Presented): NameFault | null {
  if (!faults.includes("name")) return null;
  if (defaultCertificate(leaf) !== null) return "default-certificate";
  if (route.via === "srv" && certificateCovers(leaf, endpoint.target.host, false)) return "name-is-srv-target";
  if (route.delegatedName !== null && coversServerName(facts, leaf)) return "name-is-server-name";
  if (route.tlsNameIsIp && coveredOnlyAsDnsName(leaf, route.tlsName)) return "ip-as-dns-name";
  if (coveredOnlyByCommonName(leaf, route.tlsName)) return "no-san";
  return "name-mismatch";
}

function coversServerName(facts: Facts, leaf: CertificateFacts): boolean {
  const parsed = parseServerName(facts.serverName);
  return parsed.ok && certificateCovers(leaf, parsed.name.dnsHost, parsed.name.kind !== "dns");
}

export function presentedToSynapseWith(facts: Facts, fault: SynapseFault): Presented[] {
  return presented(facts).filter(({ synapseFaults }) => synapseFaults.includes(fault));
}

export function withNameFault(facts: Facts, fault: NameFault): Presented[] {
  return presented(facts).filter((each) => nameFault(facts, each) === fault);
}

/** Names for a sentence; what a certificate without any has is said. */
export function namesOf(leaf: CertificateFacts): string[] {
  return [...leaf.dnsNames, ...leaf.ipAddresses];
}
