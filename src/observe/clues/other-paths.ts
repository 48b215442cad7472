/** A proxy refuses a path with an encoded slash: is it the slash, or does it forward nothing but the version and the keys? */
import type { Clues, Facts, RouteFacts } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import type { Io } from "../../net/io.ts";
import { encodedPathSeen, isProxys404 } from "../../views/encoded-path.ts";
import { endpointsOf, type PlacedEndpoint } from "../../views/endpoints.ts";
import { turnsSynapseAway } from "../../views/user-agents.ts";
import { clientOf, SYNAPSE } from "../probe/clients.ts";
import { OTHER_PATH, VERSION_MAX_BYTES } from "../probe/federation-api.ts";

type OtherPath = NonNullable<Clues["otherPaths"]>[number];

const MOST_PLACES = 4;
/** Requests to each. */
export const PATHS_EACH = 2;

/** The endpoints where that is open. `resting`: places that aren't asked. `left`: so many requests may still be made. */
export function withOpenPaths(facts: Facts, resting: ReadonlySet<string>, left: number): PlacedEndpoint[] {
  const open = endpointsOf(facts).filter((endpoint) => encodedPathSeen(endpoint)?.decoded === false && !resting.has(endpoint.place));
  const places = new Map(open.map((endpoint) => [endpoint.place, endpoint]));
  return [...places.values()].slice(0, Math.max(0, Math.min(MOST_PLACES, Math.floor(left / PATHS_EACH))));
}

export function askOtherPaths(io: Io, { route }: Facts, endpoints: readonly PlacedEndpoint[]): Promise<OtherPath[]> {
  return route === null ? Promise.resolve([]) : Promise.all(endpoints.map((endpoint) => ask(io, route, endpoint)));
}

/** Twice, so that backends that take turns show: what counts is the better answer. */
async function ask(io: Io, route: RouteFacts, endpoint: PlacedEndpoint): Promise<OtherPath> {
  const first = await askOnce(io, route, endpoint);
  if (!isProxys404(first.response)) return first;
  const second = await askOnce(io, route, endpoint);
  return second.response.status === "done" ? second : first;
}

async function askOnce(io: Io, route: RouteFacts, endpoint: PlacedEndpoint): Promise<OtherPath> {
  const { address, port, place, answeredTo } = endpoint;
  const connection = await io.tls.connect({ address, port, servername: route.tlsNameIsIp ? null : route.tlsName }, io.signal);
  try {
    const { outcome } = await io.http.request(
      connection,
      {
        path: OTHER_PATH,
        host: route.hostHeader,
        maxBytes: VERSION_MAX_BYTES,
        headers: { accept: "application/json" },
        // As somebody who is let in.
        ...(turnsSynapseAway(endpoint) ? clientOf(answeredTo?.[0] ?? USER_AGENTS.go) : SYNAPSE),
      },
      io.signal,
    );
    return { place, path: OTHER_PATH, response: outcome };
  } finally {
    connection.close();
  }
}
