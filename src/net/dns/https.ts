/**
 * DNS over HTTPS (RFC 8484) by POST, with undici: HTTP/2 where the server offers it, connections are kept and reused.
 */
import type { Agent } from "undici";
import { loadAgent, loadRequest } from "../undici.ts";
import { answersQuestion, decodeMessage, encodeQuery } from "./message.ts";
import { ENDED, failed, type Reply, socketFailure, type Transport } from "./transport.ts";

/** A DNS message can't be longer. */
const MAX_MESSAGE = 65_535;
/** Connections to one resolver when it speaks only HTTP/1.1. */
const CONNECTIONS = 8;
const IDLE_MS = 5_000;
const MEDIA_TYPE = "application/dns-message";

export interface HttpsServer {
  url: string;
  /** As shown. */
  label: string;
  /** Trusted roots as PEM; undefined for Node's own. */
  roots: readonly string[] | undefined;
  /** Milliseconds to connect; a connection may outlive the question that it was made for. */
  connectTimeoutMs: number;
}

/** undici is loaded with the first question. */
export function createHttpsTransport(server: HttpsServer): Transport {
  let agent: Agent | null = null;
  let closed = false;

  function open(): Agent {
    const HttpAgent = loadAgent();
    return new HttpAgent({
      allowH2: true,
      connections: CONNECTIONS,
      keepAliveTimeout: IDLE_MS,
      maxResponseSize: MAX_MESSAGE,
      connect: { timeout: server.connectTimeoutMs, ...(server.roots === undefined ? {} : { ca: [...server.roots] }) },
    });
  }

  return {
    lossy: false,
    async ask(question, { signal }): Promise<Reply> {
      try {
        if (closed || signal.aborted) return ENDED;
        agent ??= open();
        const url = new URL(server.url);
        const { statusCode, body } = await loadRequest().call(agent, {
          origin: url.origin,
          path: url.pathname + url.search,
          method: "POST",
          headers: { accept: MEDIA_TYPE, "content-type": MEDIA_TYPE },
          // The id is 0 (RFC 8484, 4.1): HTTP matches answers to questions.
          body: encodeQuery(question, 0),
          signal,
        });
        const packet = await readBody(body);
        // A redirect would send the questions to somebody who wasn't chosen.
        if (statusCode !== 200) return failed("malformed", `${server.label} answered HTTP ${statusCode}`);
        if (packet === null) return failed("too-large", `${server.label} answered more than ${MAX_MESSAGE} bytes`);
        const message = decodeMessage(packet);
        if (message === null) return failed("malformed", `${server.label} sent something that is not a DNS message`);
        if (!answersQuestion(message, question, 0) || message.truncated) {
          return failed("malformed", `${server.label} answered another question`);
        }
        return { kind: "answer", message, transport: "https" };
      } catch (error) {
        if (signal.aborted) return ENDED;
        return failureOf(error, server.label);
      }
    },
    close() {
      closed = true;
      void agent?.destroy();
    },
  };
}

async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop ends the stream.
    if (size > MAX_MESSAGE) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failureOf(error: unknown, who: string): Reply {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return failed("timeout", `${who} did not answer in time`);
  }
  if (code === "UND_ERR_SOCKET" || code === "ERR_HTTP2_STREAM_ERROR") return failed("closed", `${who} closed the connection`);
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return failed("too-large", `${who} answered more than ${MAX_MESSAGE} bytes`);
  if (code.startsWith("HPE_") || code === "UND_ERR_INFO") return failed("not-http", `${who} does not speak HTTP`);
  return socketFailure(error, who);
}
