/**
 * Which proxy stands in front? What answers may stand behind it; one request that some proxies refuse themselves, in their own words,
 * tells.
 */
import { isProxyOpen } from "../../views/proxy.ts";
import { isIpLiteral, place } from "../../facts/address.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { endpointWorks } from "../../views/endpoint-works.ts";
import { wellKnownResults } from "../../views/well-known-result.ts";
import type { Clues, ConnectionFacts, Facts } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import type { Io } from "../../net/io.ts";

/**
 * A plain GET with an é that isn't percent-encoded (RFC 3986, 2: a URI is ASCII), which HAProxy doesn't pass on, and with a fragment (RFC
 * 9112, 3.2: no request-target has one), which Apache doesn't either. nginx answers as for any path that isn't there; Caddy and Traefik
 * encode both. Its words are for those who find it in a log.
 */
export const PROXY_PATH = "/matrix-delegation-check/which-proxy-is-this/\u00c3\u00a9#";
const MOST_PLACES = 4;
const MAX_BYTES = 65_536;

interface Asked {
  connection: ConnectionFacts;
  /** As the check itself asked there. */
  tlsName: string;
  hostHeader: string;
}

/**
 * Asks where something failed and nothing in the answers says for sure what stands in front. `noneReached`: the well-known's faults count
 * too. `resting`: places that aren't asked. `left`: so many requests may still be made.
 */
export async function askProxies(
  io: Io,
  facts: Facts,
  noneReached: boolean,
  resting: ReadonlySet<string>,
  left: number,
): Promise<NonNullable<Clues["proxies"]>> {
  const asked = new Map<string, Asked>();
  for (const each of [...failedEndpoints(facts), ...(noneReached ? failedWellKnowns(facts) : [])]) {
    const at = place(each.connection.address, each.connection.port);
    if (
      !resting.has(at) &&
      answers(each.connection) &&
      isProxyOpen(facts, at) &&
      asked.size < Math.min(MOST_PLACES, left) &&
      !asked.has(at)
    )
      asked.set(at, each);
  }
  return Promise.all([...asked].map(([at, each]) => ask(io, at, each)));
}

function failedEndpoints(facts: Facts): Asked[] {
  const { route } = facts;
  if (route === null) return [];
  return endpointsOf(facts)
    .filter((endpoint) => endpointWorks(facts, endpoint) === false)
    .map((connection) => ({ connection, tlsName: route.tlsName, hostHeader: route.hostHeader }));
}

function failedWellKnowns(facts: Facts): Asked[] {
  return wellKnownResults(facts).flatMap(({ attempt, result }) => {
    const [hop] = attempt.hops;
    return result.kind === "valid" || hop?.connection == null
      ? []
      : [{ connection: hop.connection, tlsName: hop.host, hostHeader: hop.host }];
  });
}

/** With TLS, or without where TLS was expected. */
function answers({ tls }: ConnectionFacts): boolean {
  return tls.status === "done" || speaksPlainHttp(tls);
}

function speaksPlainHttp(tls: ConnectionFacts["tls"]): boolean {
  return tls.status === "failed" && tls.error.code === "plain-http";
}

async function ask(
  io: Io,
  at: string,
  { connection: { address, port, tls }, tlsName, hostHeader }: Asked,
): Promise<NonNullable<Clues["proxies"]>[number]> {
  const plain = speaksPlainHttp(tls);
  const connection = plain
    ? await io.tls.connectPlain({ address, port }, io.signal)
    : await io.tls.connect({ address, port, servername: isIpLiteral(tlsName) ? null : tlsName }, io.signal);
  try {
    const { outcome } = await io.http.request(
      connection,
      { path: PROXY_PATH, host: hostHeader, maxBytes: MAX_BYTES, product: USER_AGENTS.synapse },
      io.signal,
    );
    return { place: at, scheme: plain ? "http" : "https", path: PROXY_PATH, response: outcome };
  } finally {
    connection.close();
  }
}
