/**
 * A resolver that knows one answer: every name below a domain is at one address, and nothing else exists. Written on bytes, so that it
 * costs next to nothing beside the program that asks. RFC 1035, 4.1; RFC 6891, 6.1.
 */
import { createSocket } from "node:dgram";

export interface Responder {
  port: number;
  /** Questions since the start. */
  asked(): number;
  close(): void;
}

const TYPE_A = 1;
const HEADER = 12;
const TTL = 300;

/** `domain` has two labels, as every zone has of which there is something to say here. */
export async function startResponder(domain: string, address: readonly [number, number, number, number]): Promise<Responder> {
  const wireDomain = Buffer.from(
    `${domain
      .split(".")
      .map((label) => String.fromCharCode(label.length) + label)
      .join("")}\0`,
    "latin1",
  );
  const socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (query, { port, address: from }) => {
    asked++;
    socket.send(answer(query, wireDomain, address), port, from);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, asked: () => asked, close: () => void socket.close() };
}

function answer(query: Buffer, domain: Buffer, address: readonly number[]): Buffer {
  const labels: number[] = [];
  let at = HEADER;
  for (; (query[at] ?? 0) > 0; at += (query[at] ?? 0) + 1) labels.push(at);
  const end = at + 5;
  const zone = labels.at(-2) ?? HEADER;
  const exists = query.subarray(zone, at + 1).equals(domain);
  const isA = exists && query.readUInt16BE(at + 1) === TYPE_A;
  const pointer = (to: number): number[] => [0xc0, to];
  const record = isA ? Buffer.from([...pointer(HEADER), 0, TYPE_A, 0, 1, 0, 0, TTL >> 8, TTL & 255, 0, 4, ...address]) : soa(pointer(zone));
  const hasEdns = query.readUInt16BE(10) > 0;
  const head = Buffer.from(query.subarray(0, HEADER));
  // A response, recursion desired and available; NOERROR or NXDOMAIN.
  head.writeUInt16BE(exists ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  head.writeUInt16BE(isA ? 0 : 1, 8);
  head.writeUInt16BE(hasEdns ? 1 : 0, 10);
  return Buffer.concat([head, query.subarray(HEADER, end), record, ...(hasEdns ? [OPT] : [])]);
}

/** Root, type 41, 1232 bytes. */
const OPT = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);

function soa(zone: readonly number[]): Buffer {
  const numbers = [1, 3600, 600, 86_400, TTL].flatMap((value) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
  const data = [...zone, ...zone, ...numbers];
  return Buffer.from([...zone, 0, 6, 0, 1, 0, 0, TTL >> 8, TTL & 255, 0, data.length, ...data]);
}
