/** When the certificates end that were seen on the way: what monitoring wants to know before anything breaks. */
import type { ConnectionFacts, Facts } from "../facts/facts.ts";

export interface CertificateEnd {
  /** Whose: a host on the way to the well-known file, or the homeserver that the route leads to. */
  role: "well-known" | "homeserver";
  host: string;
  address: string;
  port: number;
  /** Milliseconds since the epoch: the end of the leaf, or of an intermediate certificate that ends sooner. */
  at: number;
  /** The subject of the intermediate certificate whose end it is; null when it is the leaf's. */
  intermediate: string | null;
}

/** One for each host and address that showed a certificate; the earliest where one was seen several times. */
export function certificateEnds(facts: Facts): CertificateEnd[] {
  const found = new Map<string, CertificateEnd>();
  const see = (role: CertificateEnd["role"], host: string, connection: ConnectionFacts): void => {
    const end = endOf(connection);
    if (end === null) return;
    const { at } = end;
    const { address, port } = connection;
    const key = JSON.stringify([role, host, address, port]);
    const seen = found.get(key);
    if (seen === undefined || at < seen.at) found.set(key, { role, host, address, port, ...end });
  };
  const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
  for (const { hops } of attempts) {
    for (const { host, connection } of hops) if (connection !== null) see("well-known", host, connection);
  }
  for (const { host, endpoints } of facts.targets) {
    for (const endpoint of endpoints) see("homeserver", host, endpoint);
  }
  return [...found.values()];
}

function endOf({ tls }: ConnectionFacts): Pick<CertificateEnd, "at" | "intermediate"> | null {
  if (tls.status !== "done") return null;
  const { chain, trust } = tls.value;
  const needed = [chain[0], ...trust.path.flatMap((index) => chain[index] ?? [])];
  const ends = needed
    .map((certificate) => ({ at: Date.parse(certificate.notAfter), intermediate: certificate === chain[0] ? null : certificate.subject }))
    .filter(({ at }) => Number.isFinite(at));
  // Of those that end together the leaf.
  return ends.reduce<(typeof ends)[number] | null>((least, each) => (least === null || each.at < least.at ? each : least), null);
}
