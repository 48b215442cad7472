/**
 * Plain DNS: over UDP (RFC 1035, 4.2.1), and over TCP when the answer didn't fit (RFC 7766).
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { ENDED_REASON, onAbort } from "../abort.ts";
import { connect } from "node:net";
import { createFrameReader, frame } from "./frames.ts";
import { answersQuestion, decodeMessage, encodeQuery, type Message, type Question } from "./message.ts";
import { type Asking, ENDED, failed, type Reply, socketFailure, type Transport } from "./transport.ts";

/** As many messages that answer something else are read over TCP before it is given up. */
const MAX_STRAY_FRAMES = 16;

export interface PlainServer {
  address: string;
  port: number;
  /** As shown. */
  label: string;
}

/**
 * So long the usual question waits alone, milliseconds. Then two others go out beside it: without EDNS, which some servers and firewalls
 * drop instead of refusing it (RFC 6891, 7), and over TCP, for those that speak nothing else. The system's own resolver gets by with both.
 */
const ALONE_MS = 400;

type Way = "udp" | "plain" | "tcp";

const ASK: Record<Way, (server: PlainServer, question: Question, asking: Asking) => Promise<Reply>> = {
  udp: askUdp,
  plain: (server, question, asking) => askUdp(server, { ...question, edns: false }, asking),
  tcp: askTcp,
};

export function createPlainTransport(server: PlainServer): Transport {
  let usual: Way = "udp";
  /** The usual way has given an answer: when it is silent now, the server is slow, and more questions would make it slower. */
  let isProven = false;
  return {
    lossy: true,
    close() {},
    async ask(question, asking) {
      const ways: Way[] = [usual, ...(["udp", "plain", "tcp"] as const).filter((way) => way !== usual)];
      const asked = (way: Way, until: AbortSignal): Promise<Reply> => ASK[way](server, question, { ...asking, signal: until });
      const { reply, way } = await firstAnswer(ways, asking, asked, () => isProven);
      if (reply.kind === "answer") [usual, isProven] = [way, true];
      return reply.kind === "answer" && reply.message.truncated && way !== "tcp" ? askTcp(server, question, asking) : reply;
    },
  };
}

/** The first way by itself; the others beside it when it fails or is silent. Without an answer: what became of the first. */
function firstAnswer(
  [first = "udp", ...others]: readonly Way[],
  { signal }: Asking,
  ask: (way: Way, until: AbortSignal) => Promise<Reply>,
  isEnough: () => boolean,
): Promise<{ reply: Reply; way: Way }> {
  return new Promise((resolve) => {
    const end = new AbortController();
    const stop = onAbort(signal, () => finish(ENDED, first));
    let waiting = 0;
    let ofFirst: Reply = ENDED;
    const finish = (reply: Reply, way: Way): void => {
      clearTimeout(timer);
      stop();
      if (waiting > 0) end.abort(ENDED_REASON);
      resolve({ reply, way });
    };
    const start = (way: Way): void => {
      waiting++;
      void ask(way, end.signal).then((reply) => {
        if (end.signal.aborted) return;
        waiting--;
        if (way === first) ofFirst = reply;
        if (reply.kind === "answer") return finish(reply, way);
        // What this machine can't do one way it can't do the others.
        if (reply.kind === "local") return finish(reply, way);
        startOthers();
        if (waiting === 0) finish(ofFirst, first);
      });
    };
    const startOthers = (): void => {
      clearTimeout(timer);
      for (const way of isEnough() ? [] : others.splice(0)) start(way);
    };
    const timer = setTimeout(startOthers, ALONE_MS);
    if (signal.aborted) return finish(ENDED, first);
    start(first);
  });
}

/**
 * A socket and an id for this question alone (RFC 5452, 4.5 and 9.2): the system picks a free port at random.
 * Connected, so that only this server's datagrams come in, and ICMP errors too. What doesn't answer the question is ignored.
 */
function askUdp(server: PlainServer, question: Question, { signal, onGarbage }: Asking): Promise<Reply> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(ENDED);
    const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
    const id = randomInt(0x10000);
    let open = true;
    const settle = (reply: Reply): void => {
      if (!open) return;
      open = false;
      signal.removeEventListener("abort", end);
      socket.close();
      resolve(reply);
    };
    const end = (): void => settle(ENDED);
    signal.addEventListener("abort", end, { once: true });
    // Stays after the end: an error that was under way then must not be thrown.
    socket.on("error", (error) => settle(socketFailure(error, server.label)));
    socket.on("message", (datagram) => {
      const message = matching(datagram, question, id);
      if (message !== null) settle({ kind: "answer", message, transport: "udp" });
      else onGarbage();
    });
    // Not as the callback of `connect`: that one is called with the error when there is no route, too.
    socket.once("connect", () => {
      if (open) socket.send(encodeQuery(question, id));
    });
    try {
      socket.connect(server.port, server.address);
    } catch (error) {
      settle(socketFailure(error, server.label));
    }
  });
}

/** A connection for this question alone: truncated answers are rare. */
function askTcp(server: PlainServer, question: Question, { signal }: Asking): Promise<Reply> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(ENDED);
    const id = randomInt(0x10000);
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    let strays = 0;
    const settle = (reply: Reply): void => {
      signal.removeEventListener("abort", end);
      socket.destroy();
      resolve(reply);
    };
    const end = (): void => settle(ENDED);
    signal.addEventListener("abort", end, { once: true });
    socket.on("connect", () => socket.write(frame(encodeQuery(question, id))));
    socket.on("error", (error) => settle(socketFailure(error, server.label)));
    socket.on("close", () => settle(failed("closed", `${server.label} closed the TCP connection without an answer`)));
    socket.on(
      "data",
      createFrameReader((packet) => {
        const message = matching(packet, question, id);
        if (message !== null && !message.truncated) settle({ kind: "answer", message, transport: "tcp" });
        else if (message !== null || ++strays === MAX_STRAY_FRAMES)
          settle(failed("malformed", `${server.label} answered something else over TCP`));
      }),
    );
  });
}

/** The message when it answers the question, otherwise null. */
function matching(packet: Buffer, question: Question, id: number): Message | null {
  const message = decodeMessage(packet);
  return message !== null && answersQuestion(message, question, id) ? message : null;
}
