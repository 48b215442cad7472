/**
 * No homeserver answers to the route's Host: does one answer to the Host without its port, with the port, to the SRV target (with its port,
 * too), or to the server name, where that isn't the name? Then the proxy compares names, and lacks one.
 */
import type { Clues, Facts } from "../../facts/facts.ts";
import { USER_AGENTS } from "../../matrix/user-agents.ts";
import { isSuccess } from "../../views/http-status.ts";
import type { PlacedEndpoint } from "../../views/endpoints.ts";
import type { Io } from "../../net/io.ts";
import { serverOf, VERSION_MAX_BYTES, VERSION_PATH } from "../probe/federation-api.ts";

type OtherHost = NonNullable<Clues["otherHosts"]>[number];

export async function askOtherHosts(io: Io, facts: Facts, endpoint: PlacedEndpoint): Promise<OtherHost[]> {
  const { route } = facts;
  if (route === null) return [];
  const own = route.tlsNameIsIp ? null : route.tlsName;
  const found = await Promise.all(
    candidates(route.hostHeader, facts.serverName, endpoint).map(async ({ kind, host }): Promise<OtherHost> => {
      const servername = kind === "srv-target" || kind === "server-name" ? withoutPort(host) : own;
      const answer = await askWith(io, endpoint, host, servername);
      return { place: endpoint.place, kind, host, ...answer };
    }),
  );
  if (!found.some(({ isHomeserver }) => isHomeserver)) return found;
  // Is it the Host, or does one backend work and the next one doesn't? Twice in a row, so that those that take turns show.
  for (let again = 0; again < 2; again++) {
    const { isHomeserver } = await askWith(io, endpoint, route.hostHeader, own);
    if (isHomeserver) return found.map((each) => ({ ...each, isHomeserver: false }));
  }
  return found;
}

async function askWith(
  io: Io,
  { address, port }: PlacedEndpoint,
  host: string,
  servername: string | null,
): Promise<Pick<OtherHost, "response" | "isHomeserver">> {
  const connection = await io.tls.connect({ address, port, servername }, io.signal);
  try {
    const { outcome, body } = await io.http.request(
      connection,
      { path: VERSION_PATH, host, maxBytes: VERSION_MAX_BYTES, product: USER_AGENTS.synapse, headers: { accept: "application/json" } },
      io.signal,
    );
    const isHomeserver = outcome.status === "done" && isSuccess(outcome.value.status) && serverOf(outcome.value, body).server !== null;
    return { response: outcome, isHomeserver };
  } finally {
    connection.close();
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, "");
}

function candidates(hostHeader: string, serverName: string, { target }: PlacedEndpoint): Pick<OtherHost, "kind" | "host">[] {
  const bare = withoutPort(hostHeader);
  const found: Pick<OtherHost, "kind" | "host">[] =
    bare === hostHeader || (hostHeader.startsWith("[") && !hostHeader.includes("]:"))
      ? [{ kind: "with-port", host: `${hostHeader}:${target.port}` }]
      : [{ kind: "without-port", host: bare }];
  const names = [bare.toLowerCase()];
  const other = (kind: OtherHost["kind"], host: string): void => {
    if (!names.includes(host.toLowerCase())) found.push({ kind, host });
    names.push(host.toLowerCase());
  };
  if (target.srv !== undefined) {
    other("srv-target", target.host);
    // The route's own name with the port is asked for already.
    if (target.host.toLowerCase() !== bare.toLowerCase()) other("srv-target", `${target.host}:${target.port}`);
  }
  // Only a name without a port delegates; with one it is the Host itself.
  if (!serverName.includes(":")) other("server-name", serverName);
  return found;
}
