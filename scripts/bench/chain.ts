/**
 * The baseline of one check: the longest chain of dependent round trips on the way to a homeserver's version, written by hand with what
 * Node has. What doesn't depend on each other runs side by side here too, and nothing is done that isn't on the way.
 */
import { Resolver } from "node:dns/promises";
import { request } from "node:https";

export interface ChainSettings {
  route: "well-known" | "srv" | "default-port";
  serverName: string;
  /** `address:port` of the resolver. */
  dnsServer: string;
  /** PEM: the only root that is trusted. */
  ca: string;
  /** As in `--connect-to host:port::port`. */
  connectTo: string[];
}

/** @throws Error when something on the way isn't as the route demands: then nothing was measured. */
export async function chain(settings: ChainSettings): Promise<void> {
  const { serverName, route } = settings;
  const resolver = new Resolver();
  resolver.setServers([settings.dnsServer]);
  const ports = new Map(
    settings.connectTo.map((entry) => [entry.slice(0, entry.indexOf("::")), Number(entry.slice(entry.indexOf("::") + 2))]),
  );
  const addressOf = async (host: string): Promise<string> => (await resolver.resolve4(host))[0] ?? "";
  const portOf = (host: string, port: number): number => ports.get(`${host}:${port}`) ?? port;
  const wellKnown = async (): Promise<Response> => {
    const address = await addressOf(serverName);
    return get(settings, {
      address,
      port: portOf(serverName, 443),
      name: serverName,
      host: serverName,
      path: "/.well-known/matrix/server",
    });
  };
  const version = async (address: string, port: number, name: string, host: string): Promise<void> => {
    const { status } = await get(settings, { address, port, name, host, path: "/_matrix/federation/v1/version" });
    if (status !== 200) throw new Error(`the version has status ${status}`);
  };

  switch (route) {
    case "well-known": {
      const { body } = await wellKnown();
      const delegated = (JSON.parse(body) as { "m.server": string })["m.server"];
      const [host = "", port = ""] = delegated.split(":");
      return await version(await addressOf(host), portOf(host, Number(port)), host, delegated);
    }
    case "srv": {
      const target = async (): Promise<{ address: string; port: number }> => {
        const [record] = await resolver.resolveSrv(`_matrix-fed._tcp.${serverName}`);
        if (record === undefined) throw new Error("no SRV record");
        return { address: await addressOf(record.name), port: portOf(record.name, record.port) };
      };
      const [{ address, port }] = await Promise.all([target(), wellKnown()]);
      return await version(address, port, serverName, serverName);
    }
    case "default-port": {
      const [address] = await Promise.all([addressOf(serverName), wellKnown()]);
      return await version(address, portOf(serverName, 8448), serverName, serverName);
    }
  }
}

interface Response {
  status: number;
  body: string;
}

function get(
  { ca }: ChainSettings,
  { address, port, name, host, path }: { address: string; port: number; name: string; host: string; path: string },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port, servername: name, path, ca, agent: false, headers: { host } }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}
