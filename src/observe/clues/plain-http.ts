/** A server that takes the handshake without a word: does it speak HTTP, and was the handshake no request that it could answer? */
import type { Clues, Facts } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import type { Io } from "../../net/io.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { VERSION_MAX_BYTES, VERSION_PATH } from "../probe/federation-api.ts";

const MOST_PLACES = 4;

export async function askWithoutTls(io: Io, facts: Facts): Promise<NonNullable<Clues["plainHttp"]>> {
  const { route } = facts;
  if (route === null) return [];
  const silent = endpointsOf(facts).filter(
    ({ tcp, tls }) => tcp.status === "done" && tls.status === "failed" && ["closed", "reset", "timeout"].includes(tls.error.code),
  );
  return Promise.all(
    silent.slice(0, MOST_PLACES).map(async ({ address, port, place }) => {
      const connection = await io.tls.connectPlain({ address, port }, io.signal);
      try {
        const request = { path: VERSION_PATH, host: route.hostHeader, maxBytes: VERSION_MAX_BYTES, product: USER_AGENTS.synapse };
        return { place, response: (await io.http.request(connection, request, io.signal)).outcome };
      } finally {
        connection.close();
      }
    }),
  );
}
