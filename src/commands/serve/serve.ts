/** `serve`: from the options to a service that listens, and to its end. */
import { createServer, type Server } from "node:net";
import type { CheckOptions } from "../../check.ts";
import type { Output } from "../../facts/output.ts";
import { PUBLIC_SERVICE } from "../../facts/policy.ts";
import { trustedProxies } from "../../serve/client.ts";
import { createService } from "../../serve/service.ts";
import type { ExitCode } from "../exit-code.ts";
import { Interruption, interruptionCode } from "../interruption.ts";
import type { CommandIo } from "../io.ts";
import { nameProblem } from "../many/valid-names.ts";
import type { GlobalOptions } from "../options.ts";
import { createFormat } from "../output/format.ts";
import { readRoots } from "../roots.ts";
import { CommandUsageError, errorLine, messageOf, quote } from "../usage.ts";
import type { Place } from "./listen-place.ts";
import { handedOver, listen, listenOn } from "./listening.ts";

export interface ServeOptions {
  /** Undefined: not given. */
  listen?: Place;
  /** Checks a minute for each client; 0: no limit. */
  rate: number;
  trustedProxy: string[];
}

export const DEFAULT_PLACE: Place = { host: "127.0.0.1", port: 8700 };

/** What is under way at the end may go on for so long. */
const GRACE_MS = 5000;

/** Resolves when the service has ended; throws usage errors before it listens. */
export async function serve(own: ServeOptions, options: GlobalOptions, tool: Output["tool"], io: CommandIo): Promise<ExitCode> {
  io.endsByItself = true;
  const proxies = understood(() => trustedProxies(own.trustedProxy));
  const { pems, notes } = await readRoots(options.caFile, io.env);
  for (const note of notes) io.stderr.write(`note: ${note}\n`);
  const checker = await io.engine.createChecker(checkOptionsOf(options, pems));
  try {
    const text = await createFormat("pretty", {
      tool,
      terminal: { colorLevel: 0, width: 80, unicode: true },
      verbose: false,
      quiet: false,
      several: false,
      failOn: "error",
      afterCutLine: false,
      jobSummary: false,
    });
    const service = createService({
      tool,
      check: (serverName, run) => checker.check(serverName, run),
      nameProblem(name) {
        const problem = nameProblem(name);
        return problem === null ? null : errorLine(new CommandUsageError(`${quote(name)} ${problem}`)).trimEnd();
      },
      renderText: (report) => text.report(report)(),
      concurrency: options.concurrency,
      rate: own.rate,
      proxies,
      deadlineMs: options.deadline,
      figures: () => ({ residentBytes: process.memoryUsage.rss(), startedSeconds: Math.round(performance.timeOrigin) / 1000 }),
      // Not for which name: that is the visitor's.
      onFault: (error) => void io.stderr.write(errorLine(error)),
    });
    const sockets = handedOver(io.env, process.pid);
    if (sockets.length > 0 && own.listen !== undefined)
      throw new CommandUsageError("--listen and sockets that systemd hands over exclude each other: leave out --listen");
    const listeners = [service.server, ...sockets.slice(1).map(() => feeding(service.server))];
    try {
      for (const [index, listener] of listeners.entries()) {
        const fd = sockets[index];
        const place = fd === undefined ? await listen(listener, own.listen ?? DEFAULT_PLACE) : await listenOn(listener, fd);
        io.stdout.write(`listening on ${place}\n`);
      }
      await aborted(io.signal);
    } finally {
      for (const listener of listeners.slice(1)) listener.close();
      if (service.server.listening) await service.end(GRACE_MS);
    }
  } finally {
    checker.close();
  }
  const { reason } = io.signal as { reason: unknown };
  // It is how a service ends that was told to.
  return reason instanceof Interruption && reason.by === "SIGTERM" ? 0 : interruptionCode(io.signal);
}

/** A server listens in one place; what comes in at another one is handed to it. */
function feeding(server: Server): Server {
  return createServer((socket) => void server.emit("connection", socket));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function checkOptionsOf(options: GlobalOptions, ca: string[]): CheckOptions {
  return {
    ...(options.allowPrivate === true ? { allowPrivate: true } : { policy: PUBLIC_SERVICE }),
    family: options[4] === true ? 4 : options[6] === true ? 6 : null,
    timeoutMs: options.timeout,
    deadlineMs: options.deadline,
    ...(options.dnsServer.length > 0 && { dnsServers: options.dnsServer }),
    ...(options.authoritative === false && { authoritative: false }),
    ...(options.connectTo.length > 0 && { connectTo: options.connectTo }),
    ...(options.minCertDays !== undefined && { minCertDays: options.minCertDays }),
    ...(ca.length > 0 && { ca }),
  };
}

function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandUsageError(`--trusted-proxy ${messageOf(error)}`);
  }
}
