/**
 * The service: a web page, a JSON API and a Prometheus probe around checks of names that strangers give. Nothing is kept of who asks, and
 * of answers only for a minute. https://nodejs.org/api/http.html has what the limits of the server mean.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Output, Report } from "../facts/output.ts";
import { Checks, type CheckRun, Ended } from "./checks.ts";
import { clientOf, type TrustedProxies } from "./client.ts";
import type { Ask } from "./ask.ts";
import { type ProcessFigures, ServiceMetrics } from "./metrics.ts";
import { OverLimit, Refused } from "./refused.ts";
import { COMMON, CORS, TAKEN_MS, takenInTime } from "./response.ts";
import { routeOf, type Reply } from "./routes.ts";

export interface ServiceOptions {
  tool: Output["tool"];
  check(serverName: string, run: CheckRun): Promise<Report>;
  /** Null, or the line that says why the text is no server name. */
  nameProblem: (text: string) => string | null;
  /** `--format pretty` without colours. */
  renderText: (report: Report) => string;
  concurrency: number;
  /** Checks a minute for each client; 0: no limit. */
  rate: number;
  proxies: TrustedProxies;
  /** The longest that a check takes. */
  deadlineMs: number;
  figures(): ProcessFigures;
  /** A fault of this program: what is said of it on stderr. */
  onFault(error: unknown): void;
}

export interface Service {
  server: Server;
  /** Accepts nothing more, lets what is under way come to its end for so long, and then ends it. */
  end(graceMs: number): Promise<void>;
  /** For tests. */
  checks: Checks;
}

/** A name, percent-encoded, and what else stands in a request is shorter. */
const MAX_HEADER_BYTES = 8192;
export const MAX_CONNECTIONS = 2048;
/** Requests of one connection that wait for their answers: browsers send one after the other. */
const MAX_PIPELINED = 4;

export function createService(options: ServiceOptions): Service {
  const checks = new Checks({
    concurrency: options.concurrency,
    rate: options.rate,
    now: () => performance.now(),
    async check(serverName, run) {
      try {
        const report = await options.check(serverName, run);
        metrics.checked(report.verdict, report.durationMs);
        return report;
      } catch (error) {
        metrics.fault();
        options.onFault(error);
        throw error;
      }
    },
  });
  const metrics = new ServiceMetrics();
  const sockets = new Map<Socket, number>();
  const context = {
    ...options,
    checks,
    onLimit: ({ limit }: OverLimit) => metrics.refused(limit),
    metricsText: () => metrics.text(checks, sockets.size, options.figures(), options.tool),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { route, ask } = understood(request, response);
    response.on("finish", () => metrics.answered(route.name, response.statusCode));
    try {
      const reply = await route.answer(ask, context);
      if (reply !== null) send(response, reply);
    } catch (error) {
      if (error instanceof OverLimit) context.onLimit(error);
      if (response.headersSent) response.destroy();
      else send(response, failure(error, ask));
    }
  }

  function understood(request: IncomingMessage, response: ServerResponse): { route: ReturnType<typeof routeOf>; ask: Ask } {
    const { method = "", url = "", headers, socket } = request;
    const [, path = "", query = ""] = /^([^?]*)(?:\?(.*))?$/s.exec(url) ?? [];
    const route = routeOf(method, path);
    const left = new AbortController();
    const leave = (): void => left.abort();
    // Of answers that wait behind another one on the same connection, Node doesn't say that they are closed.
    socket.once("close", leave);
    response.once("close", () => {
      socket.off("close", leave);
      leave();
    });
    const forwarded = headers["x-forwarded-for"];
    const ask: Ask = {
      path,
      query: new URLSearchParams(query),
      headers,
      client: clientOf(socket.remoteAddress, Array.isArray(forwarded) ? forwarded.join(",") : forwarded, options.proxies),
      response,
      left: left.signal,
      cors: route.cors,
    };
    return { route, ask };
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 5000,
      insecureHTTPParser: false,
      requireHostHeader: true,
      noDelay: true,
    },
    (request, response) => {
      const { socket } = request;
      // It is gone, and its address with it.
      if (socket.destroyed) return;
      const waiting = (sockets.get(socket) ?? 0) + 1;
      if (waiting > MAX_PIPELINED) return void socket.destroy();
      sockets.set(socket, waiting);
      response.once("close", () => {
        const before = sockets.get(socket);
        if (before !== undefined) sockets.set(socket, before - 1);
      });
      // Nobody who asks for something has anything to say with it.
      if (headerSaysBody(request)) response.shouldKeepAlive = false;
      void handle(request, response);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 64;
  server.on("connection", (socket: Socket) => {
    sockets.set(socket, 0);
    // Who takes nothing, or says nothing while no check can be under way any more.
    socket.setTimeout(options.deadlineMs + TAKEN_MS, () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });

  return {
    server,
    checks,
    async end(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await checks.end(graceMs);
      // What has been answered goes out; who doesn't take it in a moment doesn't get it.
      const last = setTimeout(() => server.closeAllConnections(), Math.min(1000, graceMs));
      for (const [socket, waiting] of sockets) if (waiting === 0) socket.destroy();
      await closed;
      clearTimeout(last);
    },
  };
}

function headerSaysBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function failure(error: unknown, { cors }: Ask): Reply {
  const text = (status: number, line: string, headers: Record<string, string> = {}): Reply => ({
    status,
    type: "text/plain; charset=utf-8",
    body: `${line}\n`,
    headers,
    cors,
  });
  if (error instanceof Refused)
    return text(error.status, error.message, error.retryAfter === null ? {} : { "retry-after": String(error.retryAfter) });
  if (error instanceof Ended) return text(503, "the service is ending", { "retry-after": "5" });
  return text(500, "internal error");
}

/** The whole answer. */
function send(response: ServerResponse, { status, type, body, headers = {}, cors }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    ...COMMON,
    ...(cors ? CORS : {}),
    ...(type === null ? {} : { "content-type": type }),
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
  takenInTime(response);
}
