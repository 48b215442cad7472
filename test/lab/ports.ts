/**
 * Ports that belong to this process, TCP and UDP, at every address: test processes run side by side, and a port that the system gave and
 * got back may be another process's a moment later, who then answers where nothing was to answer.
 *
 * They are below those that systems give by themselves (Linux from 32768, macOS and Windows from 49152). An odd port is claimed by the UDP
 * port before it on 127.0.0.1, which only one process can have, and which isn't given back to the others before the process ends.
 */
import { createSocket } from "node:dgram";

const FIRST = 10_240;
const LAST = 29_998;

/** Given back, the oldest first: who is late may still be on the way to one. */
const idle: number[] = [];
const KEPT_IDLE = 32;

let next = FIRST + 2 * Math.floor(Math.random() * ((LAST - FIRST) / 2));

export async function claimPort(): Promise<number> {
  if (idle.length > KEPT_IDLE) return idle.shift() as number;
  for (let tries = FIRST; tries < LAST; tries += 2) {
    const lock = next;
    next = next + 2 > LAST ? FIRST : next + 2;
    if (await claimed(lock)) return lock + 1;
  }
  throw new Error("no port is left for the lab");
}

/** For others of this process: nothing listens there any more. */
export function releasePort(port: number): void {
  idle.push(port);
}

/** Starts what listens, at a port of this process; at another one where a program that isn't of the tests has it. */
export async function onOwnPort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (;;) {
    const port = await claimPort();
    try {
      return await start(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

/** In use, or kept from us by the system. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES");
}

function claimed(lock: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port: lock, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}
