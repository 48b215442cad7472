/**
 * One TCP connection to one address: what came of it, and whose fault it is when nothing did.
 */
import { connect, type Socket } from "node:net";
import type { NetError, Outcome, TcpFacts } from "../facts/facts.ts";
import { SpentShare } from "./deadline.ts";
import { isBeyondReach } from "./routes.ts";

/** What the end of the whole check cuts off counts as the other side's silence from here on: milliseconds. */
const PATIENCE_MS = 2_000;
/** The same for a share of the check's time that was set aside for this alone. In less, a healthy server may not have answered yet. */
const SHARE_PATIENCE_MS = 1_000;

export interface TcpConnection {
  outcome: Outcome<TcpFacts>;
  /** Null unless `done`. Has an `error` listener already, so that a later error never ends the process. The caller destroys it. */
  socket: Socket | null;
}

/** Connects to an IP address. Waits for `timeoutMs` at most, and not beyond the signal; a failed attempt leaves no socket behind. */
export async function connectTcp(address: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<TcpConnection> {
  if (signal.aborted) return { outcome: { status: "untested", because: "deadline" }, socket: null };
  const started = performance.now();
  const end = await attempt(address, port, timeoutMs, signal);
  const ms = since(started);
  switch (end.kind) {
    case "connected": {
      const { socket } = end;
      const local = socket.localAddress ?? "";
      return {
        outcome: { status: "done", value: { localAddress: `${local.includes(":") ? `[${local}]` : local}:${socket.localPort ?? 0}` }, ms },
        socket,
      };
    }
    case "timeout":
      return {
        outcome: await failed(address, { code: "timeout", message: `no answer to the TCP connection in ${seconds(ms)}` }, ms),
        socket: null,
      };
    case "aborted":
      return { outcome: cutOff(ms, "no answer to the TCP connection", signal), socket: null };
    case "error":
      return { outcome: await judgeError(address, end.error, ms), socket: null };
  }
}

/** What the end of the check means for something that had been waiting for `ms`: long enough is a timeout, otherwise nobody knows. */
export function cutOff(ms: number, silence: string, signal?: AbortSignal): Outcome<never> {
  if (ms < (signal?.reason instanceof SpentShare ? SHARE_PATIENCE_MS : PATIENCE_MS)) return { status: "untested", because: "deadline" };
  return { status: "failed", error: { code: "timeout", message: `${silence} in ${seconds(ms)}, when the check's time was up` }, ms };
}

/** Milliseconds since `started` (performance.now), to a tenth. */
export function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** Node's error code, `ECONNRESET` or `ERR_SSL_…`; empty when there is none. */
export function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

type End = { kind: "connected"; socket: Socket } | { kind: "timeout" } | { kind: "aborted" } | { kind: "error"; error: Error };

function attempt(address: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<End> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true });
    const finish = (end: End): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (end.kind !== "connected") socket.destroy();
      resolve(end);
    };
    const onAbort = (): void => finish({ kind: "aborted" });
    const timer = setTimeout(() => finish({ kind: "timeout" }), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => finish({ kind: "connected", socket }));
    // Stays for the socket's whole life; after the first event it does nothing.
    socket.on("error", (error) => finish({ kind: "error", error }));
  });
}

async function judgeError(address: string, error: Error, ms: number): Promise<Outcome<never>> {
  switch (codeOf(error)) {
    case "ECONNREFUSED":
      return { status: "failed", error: { code: "refused", message: "connection refused" }, ms };
    case "ECONNRESET":
      return { status: "failed", error: { code: "reset", message: "connection reset while connecting" }, ms };
    case "ETIMEDOUT":
      return failed(address, { code: "timeout", message: `no answer to the TCP connection in ${seconds(ms)}` }, ms);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "EINVAL":
    case "EACCES":
      return failed(address, { code: "unreachable", message: `the network says that the address is unreachable (${codeOf(error)})` }, ms);
    case "EMFILE":
    case "ENFILE":
      return { status: "untested", because: "open-files" };
    default:
      // EPERM (this machine's firewall) and the like: nothing that the other side could have caused.
      return { status: "untested", because: "no-route" };
  }
}

/** A failure that is the other side's only if this machine can reach such addresses at all. */
async function failed(address: string, error: NetError, ms: number): Promise<Outcome<never>> {
  if (await isBeyondReach(address)) return { status: "untested", because: "no-route" };
  return { status: "failed", error, ms };
}
