/** A port that gives no answer: who answers on 443 of the same host? Cloudflare forwards some ports only. */
import { isIpLiteral, place } from "../../facts/address.ts";
import type { Clues, Facts } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import type { Io } from "../../net/io.ts";
import { endpointsOf } from "../../views/endpoints.ts";

const MOST_ADDRESSES = 2;
const MAX_BYTES = 1024;

/** `resting`: places that aren't asked. */
export async function askFronts(io: Io, facts: Facts, resting: ReadonlySet<string>): Promise<NonNullable<Clues["fronts"]>> {
  const silent = endpointsOf(facts).filter(
    ({ tcp, target, address }) =>
      tcp.status === "failed" &&
      tcp.error.code === "timeout" &&
      target.port !== 443 &&
      !isIpLiteral(target.host) &&
      !resting.has(place(address, io.connectTo.resolve(target.host, 443).port)),
  );
  return Promise.all(
    silent.slice(0, MOST_ADDRESSES).map(async ({ address, target }) => {
      const { port } = io.connectTo.resolve(target.host, 443);
      const connection = await io.tls.connect({ address, port, servername: target.host }, io.signal);
      try {
        const { outcome } = await io.http.request(
          connection,
          { path: "/", host: target.host, maxBytes: MAX_BYTES, product: USER_AGENTS.synapse },
          io.signal,
        );
        return { address, response: outcome };
      } finally {
        connection.close();
      }
    }),
  );
}
