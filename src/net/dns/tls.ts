/**
 * DNS over TLS (RFC 7858): one connection a resolver, questions side by side on it (RFC 7766, 6.2.1.1), closed when idle.
 * It never keeps the process alive; the timer of a waiting question does.
 */
import { randomInt } from "node:crypto";
import { isIP } from "node:net";
import { connect, type SecureContext, type TLSSocket } from "node:tls";
import { createFrameReader, frame } from "./frames.ts";
import { answersQuestion, decodeMessage, encodeQuery, type Question } from "./message.ts";
import { type Asking, ENDED, failed, type Reply, socketFailure, type Transport } from "./transport.ts";

/** Less than what resolvers allow, so that they rarely close first (RFC 7766, 6.2.3). */
const IDLE_MS = 5_000;
/** A connection on which a question waited for so long while nothing came isn't used for the next ones. */
const STALE_MS = 1_000;

export interface TlsServer {
  host: string;
  port: number;
  /** As shown. */
  label: string;
}

interface Waiting {
  question: Question;
  since: number;
  settle(reply: Reply): void;
}

interface Line {
  socket: TLSSocket;
  waiting: Map<number, Waiting>;
  /** Something was answered on it before: when it closes now, that may be the resolver's idle timeout. */
  used: boolean;
  lastHeard: number;
  usable: boolean;
  idle: NodeJS.Timeout | null;
}

/** `context` is made when the first connection is: roots are slow to load. */
export function createTlsTransport(server: TlsServer, context: () => SecureContext | undefined): Transport {
  const lines = new Set<Line>();
  let current: Line | null = null;

  function open(): Line {
    const secureContext = context();
    const socket = connect({
      host: server.host,
      port: server.port,
      // No SNI for an address (RFC 6066, 3); Node verifies against `host` then.
      ...(isIP(server.host) === 0 ? { servername: server.host.replace(/\.$/, "") } : {}),
      ...(secureContext === undefined ? {} : { secureContext }),
      minVersion: "TLSv1.2",
    });
    socket.unref();
    socket.setNoDelay(true);
    const line: Line = { socket, waiting: new Map(), used: false, lastHeard: 0, usable: true, idle: null };
    lines.add(line);
    const fail = (reply: Reply): void => {
      retire(line);
      for (const each of [...line.waiting.values()]) each.settle(reply);
      socket.destroy();
    };
    socket.on("error", (error) => fail(socketFailure(error, server.label)));
    socket.on("end", () => fail(failed("closed", `${server.label} closed the connection`)));
    socket.on("close", () => {
      fail(failed("closed", `${server.label} closed the connection`));
      lines.delete(line);
    });
    socket.on(
      "data",
      createFrameReader((packet) => {
        line.lastHeard = performance.now();
        const message = decodeMessage(packet);
        if (message === null) return fail(failed("malformed", `${server.label} sent something that is not a DNS message`));
        const waiting = line.waiting.get(message.id);
        // An answer to a question that is over, or to none.
        if (waiting === undefined) return;
        line.used = true;
        const answered = answersQuestion(message, waiting.question, message.id) && !message.truncated;
        waiting.settle(
          answered
            ? { kind: "answer", message, transport: "tls" }
            : failed("malformed", `${server.label} answered another question, or a part of it`),
        );
      }),
    );
    return line;
  }

  function retire(line: Line): void {
    line.usable = false;
    if (line.idle !== null) clearTimeout(line.idle);
    if (current === line) current = null;
  }

  function askOn(line: Line, question: Question, { signal }: Asking): Promise<Reply> {
    return new Promise((resolve) => {
      let id = randomInt(0x10000);
      while (line.waiting.has(id)) id = (id + 1) & 0xffff;
      const since = performance.now();
      const settle = (reply: Reply): void => {
        if (!line.waiting.delete(id)) return;
        signal.removeEventListener("abort", end);
        if (line.waiting.size === 0) rest(line);
        resolve(reply);
      };
      const end = (): void => {
        const now = performance.now();
        if (now - since >= STALE_MS && line.lastHeard < since) retire(line);
        settle(ENDED);
      };
      if (line.idle !== null) clearTimeout(line.idle);
      line.waiting.set(id, { question, since, settle });
      signal.addEventListener("abort", end, { once: true });
      line.socket.write(frame(encodeQuery(question, id)));
    });
  }

  /** Nothing is waited for: closes the connection soon, or at once when it isn't to be used again. */
  function rest(line: Line): void {
    if (!line.usable) {
      line.socket.destroy();
      return;
    }
    line.idle = setTimeout(() => {
      retire(line);
      line.socket.destroy();
    }, IDLE_MS);
    line.idle.unref();
  }

  return {
    lossy: false,
    async ask(question, asking) {
      if (asking.signal.aborted) return ENDED;
      for (;;) {
        let line = current;
        if (line === null) {
          try {
            line = open();
          } catch (error) {
            return socketFailure(error, server.label);
          }
          current = line;
        }
        const reused = line.used;
        const reply = await askOn(line, question, asking);
        // The resolver may close an idle connection just when a question is on its way: that is worth a new connection (RFC 7766, 6.2.4).
        const lost = reply.kind === "failed" && (reply.error.code === "closed" || reply.error.code === "reset");
        if (!reused || !lost || asking.signal.aborted) return reply;
      }
    },
    close() {
      for (const line of [...lines]) {
        retire(line);
        line.socket.destroy();
      }
    },
  };
}
