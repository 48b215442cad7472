/** The route's Host isn't served at an SRV target: is the target's own name? Then the virtual host lacks the server name. */
import type { Clues, EndpointFacts, Facts, TargetFacts } from "../../facts/facts.ts";
import type { Io } from "../../net/io.ts";
import { serverOf, VERSION_MAX_BYTES, VERSION_PATH } from "../probe/federation-api.ts";

export async function askSrvHost(
  io: Io,
  facts: Facts,
  endpoint: EndpointFacts & { target: TargetFacts },
  place: string,
): Promise<Clues["srvHost"][number] | null> {
  const { host } = endpoint.target;
  if (facts.route === null || endpoint.target.srv === undefined || host === facts.route.tlsName.toLowerCase()) return null;
  const connection = await io.tls.connect({ address: endpoint.address, port: endpoint.port, servername: host }, io.signal);
  try {
    if (connection.socket === null) return null;
    const { outcome, body } = await io.http.request(
      connection,
      { path: VERSION_PATH, host, maxBytes: VERSION_MAX_BYTES, headers: { accept: "application/json" } },
      io.signal,
    );
    const isHomeserver = outcome.status === "done" && outcome.value.status === 200 && serverOf(outcome.value, body).server !== null;
    return { place, host, response: outcome, isHomeserver };
  } finally {
    connection.close();
  }
}
