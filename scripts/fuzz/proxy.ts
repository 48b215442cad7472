/** Stands before a server and changes what it says. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { mutatedBytes } from "./mutate.ts";
import type { Random } from "./random.ts";

export interface Proxy {
  port: number;
  close(): Promise<void>;
}

/** TCP: each piece that comes from the server is changed once in `every` times. */
export async function startProxy(random: Random, to: number, every: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => client.write(random.oneIn(every) ? mutatedBytes(random, data) : data));
    upstream.on("end", () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
