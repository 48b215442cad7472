/**
 * A TCP port that gives no answer, as behind a firewall that drops packets, without root: a listener that never accepts and whose queue
 * of new connections is full, so that the kernel drops every further SYN. Or one that is late: it begins to accept after a while, and is
 * then what listens on another port.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep, setImmediate as nextRound } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { onOwnPort } from "./ports.ts";

const LISTENER = `
const { parentPort, workerData } = require("node:worker_threads");
const { connect, createServer } = require("node:net");
const server = createServer((socket) => {
  const onward = connect({ host: workerData.address, port: workerData.later.to });
  for (const each of [socket, onward]) each.on("error", () => { socket.destroy(); onward.destroy(); });
  socket.pipe(onward).pipe(socket);
});
server.listen({ host: workerData.address, port: workerData.port, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.later ? workerData.later.forMs : undefined));
});
server.on("error", (error) => { throw error; });
`;

export interface FilteredPort {
  address: string;
  port: number;
  close(): Promise<void>;
}

/** @param later after so many milliseconds it accepts, and forwards to that port of the same address; by default never */
export async function startFilteredPort(
  address = "127.0.0.1",
  port: number | null = null,
  later: { forMs: number; to: number } | null = null,
): Promise<FilteredPort> {
  if (port === null) return onOwnPort((own) => startFilteredPort(address, own, later));
  const worker = new Worker(LISTENER, { eval: true, workerData: { address, port, later } });
  const bound = await new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  const fillers: Socket[] = [];
  // The queue holds one or two more than it was told; the first connection that gets no answer shows that it is full.
  while (fillers.length < 16 && (await isAnswered(address, bound, fillers)));
  return {
    address,
    port: bound,
    async close() {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}

/** On loopback the answer is there when `connect` returns; this process may only be late in hearing of it. */
async function isAnswered(address: string, port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect({ host: address, port });
  fillers.push(socket);
  socket.on("error", () => {});
  await Promise.race([once(socket, "connect"), sleep(100)]);
  for (let round = 0; round < 2 && socket.connecting; round++) await nextRound();
  return !socket.connecting;
}
