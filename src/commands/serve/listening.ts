/** Where the service listens: an address with a port, a Unix socket, or sockets that systemd hands over (sd_listen_fds(3)). */
import { lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { CommandUsageError, quote } from "../usage.ts";
import type { Place } from "./listen-place.ts";

/** The first file descriptor that is handed over. */
const FIRST_FD = 3;

/** The sockets that systemd hands over to this very process. */
export function handedOver(env: Readonly<Record<string, string | undefined>>, pid: number): number[] {
  const count = Number(env["LISTEN_FDS"] ?? 0);
  if (env["LISTEN_PID"] !== String(pid) || !Number.isInteger(count) || count < 1 || count > 64) return [];
  return Array.from({ length: count }, (_, index) => FIRST_FD + index);
}

/** Begins to listen. What it gives says where. @throws CommandUsageError when the place can't be had */
export async function listen(server: Server, place: Place): Promise<string> {
  if ("path" in place) await removeLeftOver(place.path);
  try {
    await listening(
      server,
      "path" in place ? { path: place.path } : { port: place.port, ...(place.host === "" ? {} : { host: place.host }) },
    );
  } catch (error) {
    throw new CommandUsageError(`--listen ${shown(place)}: ${problem(error)}`);
  }
  return whereIs(server);
}

export async function listenOn(server: Server, fd: number): Promise<string> {
  try {
    await listening(server, { fd });
  } catch (error) {
    throw new CommandUsageError(`the socket that systemd hands over (file descriptor ${fd}) can't be listened on: ${problem(error)}`);
  }
  return whereIs(server);
}

function listening(server: Server, options: { path: string } | { port: number; host?: string } | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function whereIs(server: Server): string {
  const address = server.address();
  if (address === null) return "a socket";
  if (typeof address === "string") return `unix:${address}`;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function shown(place: Place): string {
  return "path" in place
    ? quote(`unix:${place.path}`)
    : quote(`${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`);
}

function problem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return "something else listens there: end it, or choose another place";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOTFOUND":
      return "the name has no address";
    case "ENOENT":
      return "there is no such folder";
    default:
      return code ?? message;
  }
}

/** A socket that nobody listens on any more, as after a crash, would be in the way. Anything else stays. */
async function removeLeftOver(path: string): Promise<void> {
  const isSocket = await lstat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
  if (!isSocket) return;
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
  if (!isAlive) await unlink(path).catch(() => {});
}
