/**
 * Plain DNS: over UDP (RFC 1035, 4.2.1), and over TCP when the answer didn't fit (RFC 7766).
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
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

export function createPlainTransport(server: PlainServer): Transport {
  return {
    lossy: true,
    close() {},
    async ask(question, asking) {
      const reply = await askUdp(server, question, asking);
      return reply.kind === "answer" && reply.message.truncated ? askTcp(server, question, asking) : reply;
    },
  };
}

/**
 * A socket and an id for this question alone (RFC 5452, 4.5 and 9.2): the system picks a free port at random.
 * Connected, so that only this server's datagrams come in, and ICMP errors too. What doesn't answer the question is ignored.
 */
function askUdp(server: PlainServer, question: Question, { signal, onGarbage }: Asking): Promise<Reply> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(ENDED);
    const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
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
    socket.connect(server.port, server.address, () => {
      if (open) socket.send(encodeQuery(question, id));
    });
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
