/**
 * A resolver that makes its answers from the names: every name below a domain is at 127.0.0.1, `a8-….` also at the next seven addresses,
 * `t4-….` has four SRV targets, and nothing else exists. Written on bytes, so that it costs next to nothing beside the program that asks.
 * RFC 1035, 4.1; RFC 2782; RFC 6891, 6.1.
 */
import { createSocket } from "node:dgram";

export interface Responder {
  port: number;
  /** Questions since the start. */
  asked(): number;
  close(): void;
}

const TYPE_A = 1;
const TYPE_SRV = 33;
const HEADER = 12;
const TTL = 300;
const PORT = 8448;

/** `domain` has two labels, as every zone has of which there is something to say here. */
export async function startResponder(domain: string): Promise<Responder> {
  const socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (query, { port, address: from }) => {
    asked++;
    socket.send(answer(query, domain), port, from);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, asked: () => asked, close: () => void socket.close() };
}

function answer(query: Buffer, domain: string): Buffer {
  const labels: { at: number; text: string }[] = [];
  let at = HEADER;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push({ at, text: query.toString("latin1", at + 1, at + 1 + length).toLowerCase() });
    at += length + 1;
  }
  const exists =
    labels
      .slice(-2)
      .map(({ text }) => text)
      .join(".") === domain;
  const zone = pointer(labels.at(-2)?.at ?? HEADER);
  const records = exists ? recordsOf(labels, query.readUInt16BE(at + 1), zone) : [];
  const hasEdns = query.readUInt16BE(10) > 0;
  const head = Buffer.from(query.subarray(0, HEADER));
  // A response, recursion desired and available; NOERROR or NXDOMAIN.
  head.writeUInt16BE(exists ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt16BE(records.length > 0 ? 0 : 1, 8);
  head.writeUInt16BE(hasEdns ? 1 : 0, 10);
  const body = records.length > 0 ? records : [soa(zone)];
  return Buffer.concat([head, query.subarray(HEADER, at + 5), ...body, ...(hasEdns ? [OPT] : [])]);
}

function recordsOf(labels: readonly { text: string }[], type: number, zone: readonly number[]): Buffer[] {
  const [first = "", second = "", third = ""] = labels.map(({ text }) => text);
  const upTo = (text: string | undefined): number[] => Array.from({ length: Number(text ?? 0) }, (_, index) => index + 1);
  if (type === TYPE_A) return upTo(/^a(\d+)-/.exec(first)?.[1] ?? "1").map((last) => record(TYPE_A, [127, 0, 0, last]));
  if (type !== TYPE_SRV || first !== "_matrix-fed" || second !== "_tcp") return [];
  return upTo(/^t(\d+)-/.exec(third)?.[1]).map((index) =>
    record(TYPE_SRV, [0, 10, 0, index, PORT >> 8, PORT & 255, 2, 0x73, 0x30 + index, ...zone]),
  );
}

/** Of the name that was asked for. */
function record(type: number, data: readonly number[]): Buffer {
  return Buffer.from([...pointer(HEADER), 0, type, 0, 1, 0, 0, TTL >> 8, TTL & 255, 0, data.length, ...data]);
}

function pointer(to: number): number[] {
  return [0xc0, to];
}

/** Root, type 41, 1232 bytes. */
const OPT = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);

function soa(zone: readonly number[]): Buffer {
  const numbers = [1, 3600, 600, 86_400, TTL].flatMap((value) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
  const data = [...zone, ...zone, ...numbers];
  return Buffer.from([...zone, 0, 6, 0, 1, 0, 0, TTL >> 8, TTL & 255, 0, data.length, ...data]);
}
