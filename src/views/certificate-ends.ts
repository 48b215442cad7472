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
}

/** One for each host and address that showed a certificate; the earliest where one was seen several times. */
export function certificateEnds(facts: Facts): CertificateEnd[] {
  const found = new Map<string, CertificateEnd>();
  const see = (role: CertificateEnd["role"], host: string, connection: ConnectionFacts): void => {
    const at = endOf(connection);
    if (at === null) return;
    const { address, port } = connection;
    const key = JSON.stringify([role, host, address, port]);
    const seen = found.get(key);
    if (seen === undefined || at < seen.at) found.set(key, { role, host, address, port, at });
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

function endOf({ tls }: ConnectionFacts): number | null {
  if (tls.status !== "done") return null;
  const { chain, trust } = tls.value;
  const needed = [chain[0], ...trust.path.flatMap((index) => chain[index] ?? [])];
  const ends = needed.map(({ notAfter }) => Date.parse(notAfter)).filter((at) => Number.isFinite(at));
  return ends.length === 0 ? null : Math.min(...ends);
}
