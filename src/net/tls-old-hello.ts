/**
 * Which TLS version a server chooses when old ones are offered too: by a ClientHello of our own and the ServerHello that comes (RFC 5246,
 * 7.4.1; RFC 6066, 3), because OpenSSL is losing TLS 1.0 and 1.1, each distribution and Node version at its own time. The handshake goes no
 * further than that.
 */
import { randomBytes } from "node:crypto";
import { isIP, type Socket } from "node:net";
import type { NetError, Outcome } from "../facts/facts.ts";
import { cutOff, since } from "./tcp.ts";
import { judgeForeignBytes, judgeHandshake } from "./tls-failure.ts";
import { CONTENT_TYPE, HANDSHAKE_TYPE, HandshakeReader, readRecords } from "./tls-records.ts";
import { readServerHello } from "./tls-sent-chain.ts";

/** A ServerHello is a hundred bytes long; the certificates after it aren't needed. */
const MAX_BYTES = 32 * 1024;

const VERSIONS: Readonly<Record<number, string>> = {
  0x0300: "SSLv3",
  0x0301: "TLSv1",
  0x0302: "TLSv1.1",
  0x0303: "TLSv1.2",
  0x0304: "TLSv1.3",
};

/** Suites of their time, the best first: ECDHE and DHE and RSA with GCM, AES, 3DES and RC4. */
const SUITES = [
  ...[0xc02b, 0xc02f, 0xc02c, 0xc030, 0x009e, 0x009f, 0x009c, 0x009d],
  ...[0xc023, 0xc027, 0xc024, 0xc028, 0x003c, 0x003d],
  ...[0xc009, 0xc013, 0xc00a, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035],
  ...[0xc008, 0xc012, 0x0016, 0x000a, 0xc007, 0xc011, 0x0005, 0x0004],
  0x00ff, // TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746)
];

/**
 * Sends a ClientHello over a TCP connection that exists, and which the caller destroys. `newest`: the newest version that is offered; older
 * ones are whatever the server likes. Waits `timeoutMs` at most, and not beyond the signal.
 */
export function chosenProtocol(
  socket: Socket,
  servername: string | null,
  newest: 0x0302 | 0x0303,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome<{ protocol: string }>> {
  const started = performance.now();
  const silence = "no answer to a TLS handshake of the old kind";
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: Outcome<{ protocol: string }>): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
      resolve(outcome);
    };
    const fail = (error: NetError): void => finish({ status: "failed", error, ms: since(started) });
    const received = (): Buffer => Buffer.concat(chunks);
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      const protocol = protocolIn(received());
      if (protocol !== null) return finish({ status: "done", value: { protocol }, ms: since(started) });
      const foreign = judgeForeignBytes(received());
      if (foreign !== null) return fail(foreign);
      if (length > MAX_BYTES) fail({ code: "tls", message: "more than 32 KB came, but no ServerHello" });
    };
    const onEnd = (): void => fail(judgeHandshake({ received: received(), tcp: "ended", tls: null }));
    const onError = (error: Error): void => fail(judgeHandshake({ received: received(), tcp: error, tls: null }));
    const onAbort = (): void => finish(cutOff(since(started), silence));
    const timer = setTimeout(() => fail({ code: "timeout", message: silence }), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
    if (signal.aborted) return onAbort();
    socket.write(clientHello(servername, newest));
  });
}

/** Null as long as no ServerHello has come. */
function protocolIn(received: Buffer): string | null {
  const reader = new HandshakeReader();
  try {
    for (const { type, fragment } of readRecords(received)) {
      if (type !== CONTENT_TYPE.handshake) continue;
      for (const message of reader.push(fragment)) {
        if (message.type !== HANDSHAKE_TYPE.serverHello) continue;
        const { version } = readServerHello(message.body);
        return VERSIONS[version] ?? `0x${version.toString(16).padStart(4, "0")}`;
      }
    }
  } catch {
    // A length that points outside its message.
  }
  return null;
}

function clientHello(servername: string | null, newest: number): Buffer {
  const suites = Buffer.concat(SUITES.map(uint16));
  const extensions = Buffer.concat([
    ...(servername === null || isIP(servername) !== 0
      ? []
      : [extension(0x0000, vector(2, Buffer.concat([Buffer.of(0), vector(2, Buffer.from(servername, "latin1"))])))]),
    extension(0x000a, vector(2, Buffer.concat([0x001d, 0x0017, 0x0018, 0x0019].map(uint16)))), // supported_groups
    extension(0x000b, vector(1, Buffer.of(0))), // ec_point_formats: uncompressed
    // signature_algorithms: RSA and ECDSA, with SHA-256, SHA-384, SHA-512 and SHA-1.
    ...(newest < 0x0303
      ? []
      : [
          extension(
            0x000d,
            vector(2, Buffer.concat([0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201].map(uint16))),
          ),
        ]),
  ]);
  const body = Buffer.concat([
    uint16(newest),
    randomBytes(32),
    vector(1, Buffer.alloc(0)), // no session
    vector(2, suites),
    vector(1, Buffer.of(0)), // no compression
    vector(2, extensions),
  ]);
  const message = Buffer.concat([Buffer.of(1), vector(3, body)]);
  return Buffer.concat([Buffer.of(CONTENT_TYPE.handshake), uint16(0x0301), vector(2, message)]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** With its length in front, in so many bytes. */
function vector(octets: 1 | 2 | 3, content: Buffer): Buffer {
  const length = Buffer.alloc(octets);
  length.writeUIntBE(content.length, 0, octets);
  return Buffer.concat([length, content]);
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([uint16(type), vector(2, content)]);
}
