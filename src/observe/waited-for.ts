/** What had not come yet when a check was ended. */
import { place } from "../facts/address.ts";
import type { ConnectionFacts, Facts, Outcome } from "../facts/facts.ts";
import { endpointsOf } from "../views/endpoints.ts";

const MOST = 10;

/** In words that fit after "waited for": names that were looked up, places that were connected to, requests. */
export function waitedFor(facts: Facts): string[] {
  const attempts = facts.wellKnown.status === "done" ? facts.wellKnown.value.attempts : [];
  const waited = [
    ...facts.hosts.flatMap(({ host, a, aaaa }) => (isCutOff(a) || isCutOff(aaaa) ? [`the address of ${host}`] : [])),
    ...facts.srv.flatMap(({ service, base, outcome, role }) =>
      role === "route" && isCutOff(outcome) ? [`the SRV record ${service}.${base}`] : [],
    ),
    ...attempts.flatMap(({ hops }) =>
      hops.flatMap(({ url, connection, response }) =>
        connection === null ? [] : (connecting(connection) ?? (isCutOff(response) ? [`the answer of ${url}`] : [])),
      ),
    ),
    ...endpointsOf(facts).flatMap(
      (endpoint) =>
        connecting(endpoint) ?? [
          ...(isCutOff(endpoint.version) ? [`the version at ${endpoint.place}`] : []),
          ...(isCutOff(endpoint.keys) ? [`the keys at ${endpoint.place}`] : []),
        ],
    ),
  ];
  return [...new Set(waited)].slice(0, MOST);
}

/** Null when the connection was made, or failed by itself. */
function connecting({ address, port, tcp, tls }: ConnectionFacts): string[] | null {
  if (isCutOff(tcp)) return [`a TCP connection to ${place(address, port)}`];
  return isCutOff(tls) ? [`the TLS handshake with ${place(address, port)}`] : null;
}

function isCutOff(outcome: Outcome<unknown>): boolean {
  return outcome.status === "untested" && outcome.because === "deadline";
}
