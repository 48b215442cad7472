/**
 * DNS messages (RFC 1035, 4), written and read. A library isn't used: dns-packet gives up on a whole message for a record nobody asked for,
 * and loses bytes of names. Everything read is hostile: reading always ends soon, at worst with null.
 */
import { SocketAddress } from "node:net";
import type { AddressRecord, ExtendedError, SrvRecord } from "../../facts/facts.ts";
import type { Delegation, NameRecord, RecordsByType, SoaRecord } from "../io.ts";
import { type DomainName, foldName, readName } from "../../facts/domain-name.ts";

export type QuestionType = keyof RecordsByType;

export interface Question {
  name: DomainName;
  type: QuestionType;
  checkingDisabled: boolean;
  /** With an OPT record (RFC 6891). */
  edns: boolean;
  /** RD=0: for a nameserver itself (RFC 1034, 4.3.1). */
  withoutRecursion?: boolean;
}

/** A record of the answer section, of a type and class that can be asked for. `owner` is folded. */
export type AnswerRecord = { [T in QuestionType]: { type: T; owner: string; name: string; data: RecordsByType[T] } }[QuestionType];

export interface Message {
  id: number;
  response: boolean;
  truncated: boolean;
  /** The AA bit. */
  authoritative: boolean;
  authenticated: boolean;
  rcode: string;
  /** Its name folded; null when there is none, as in a bare header. */
  question: { name: string; type: number; class: number } | null;
  /** Empty when truncated, as are the following. */
  answers: AnswerRecord[];
  /** The SOA of a negative answer: seconds. */
  soa: { ttl: number; minimum: number } | null;
  /** The NS records of the authority section when nothing was answered: who knows more (RFC 1034, 4.3.1). The zone's name folded. */
  delegation: Delegation | null;
  extendedErrors: ExtendedError[];
}

/** What fits into a datagram on the way everywhere (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;
/** RFC 6891, 6.1.1; more than a handful of Extended DNS Errors is noise. */
const MAX_EXTENDED_ERRORS = 8;

const CLASS_IN = 1;
const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33 } as const satisfies Record<QuestionType, number>;
const TYPE_OPT = 41;
const OPTION_EXTENDED_ERROR = 15;

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"];

/** Bits of the second line of the header (RFC 1035, 4.1.1; RFC 4035, 3.2). */
const RECURSION_DESIRED = 0x0100;
const AUTHENTIC_DATA = 0x0020;
const CHECKING_DISABLED = 0x0010;

/** The query as bytes. AD=1 asks for the AD bit in the answer (RFC 6840, 5.7). */
export function encodeQuery({ name, type, checkingDisabled, edns, withoutRecursion }: Question, id: number): Buffer {
  const flags = (withoutRecursion === true ? 0 : RECURSION_DESIRED) | AUTHENTIC_DATA | (checkingDisabled ? CHECKING_DISABLED : 0);
  const [question, answers, authorities, additionals] = [1, 0, 0, edns ? 1 : 0];
  return Buffer.concat([
    octets16(id, flags, question, answers, authorities, additionals),
    name.wire,
    octets16(TYPES[type], CLASS_IN),
    // OPT (RFC 6891, 6.1.2): the root, its type, the size, no extended RCODE, version 0, no flags, no options.
    ...(edns ? [Buffer.alloc(1), octets16(TYPE_OPT, UDP_PAYLOAD, 0, 0, 0)] : []),
  ]);
}

function octets16(...values: number[]): Buffer {
  const octets = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => octets.writeUInt16BE(value, 2 * index));
  return octets;
}

/** Reads a message; null when it is none. */
export function decodeMessage(packet: Buffer): Message | null {
  try {
    return readMessage(packet);
  } catch {
    // Reads beyond the end throw RangeError; the readers here throw Error.
    return null;
  }
}

function readMessage(packet: Buffer): Message {
  const flags = packet.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((offset) => packet.readUInt16BE(offset));
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = counts;
  const message: Message = {
    id: packet.readUInt16BE(0),
    response: (flags & 0x8000) !== 0,
    truncated: (flags & 0x0200) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    authenticated: (flags & 0x0020) !== 0,
    rcode: "",
    question: null,
    answers: [],
    soa: null,
    delegation: null,
    extendedErrors: [],
  };
  // RFC 9619: there is no message with more than one.
  if (questions > 1) throw new Error("more than one question");
  let rcode = flags & 0x000f;
  let at = 12;
  if (questions === 1) {
    const { text, end } = readName(packet, at);
    message.question = { name: foldName(text), type: packet.readUInt16BE(end), class: packet.readUInt16BE(end + 2) };
    at = end + 4;
  }
  // A truncated message may end anywhere (RFC 2181, 9), and is asked again over TCP anyway.
  if (!message.truncated) {
    for (let index = 0; index < answers + authorities + additionals; index++) {
      const record = readRecord(packet, at);
      at = record.end;
      if (index < answers) {
        const answer = readAnswer(packet, record);
        if (answer !== null) message.answers.push(answer);
      } else if (index < answers + authorities) {
        if (record.type === TYPES.SOA && record.class === CLASS_IN) {
          const { ttl, minimum } = readSoa(packet, record);
          message.soa ??= { ttl, minimum };
        } else if (record.type === TYPES.NS && record.class === CLASS_IN && answers === 0 && !message.authoritative) {
          message.delegation ??= { zone: foldName(record.name), nameservers: [] };
          if (message.delegation.zone === foldName(record.name))
            message.delegation.nameservers.push(readTarget(packet, record.data, record.end));
        }
      } else if (record.type === TYPE_OPT && record.name === ".") {
        rcode |= (record.rawTtl >>> 24) << 4;
        message.extendedErrors = readExtendedErrors(packet.subarray(record.data, record.end));
      }
    }
  }
  message.rcode = RCODES[rcode] ?? (rcode === 16 ? "BADVERS" : `RCODE${rcode}`);
  return message;
}

/** Is this message the answer to that question? RFC 5452, 9.1; id, QR, and question, names without case. */
export function answersQuestion(message: Message, question: Question, id: number): boolean {
  if (message.id !== id || !message.response) return false;
  // Servers from before EDNS refuse what they can't parse with a bare header (RFC 6891, 7).
  const asked = message.question;
  if (asked === null) return message.rcode === "FORMERR";
  return asked.class === CLASS_IN && asked.type === TYPES[question.type] && asked.name === foldName(question.name.text);
}

interface RawRecord {
  name: string;
  type: number;
  class: number;
  rawTtl: number;
  ttl: number;
  /** Offsets of the data and of what follows it. */
  data: number;
  end: number;
}

function readRecord(packet: Buffer, offset: number): RawRecord {
  const { text, end: at } = readName(packet, offset);
  const rawTtl = packet.readUInt32BE(at + 4);
  const data = at + 10;
  const end = data + packet.readUInt16BE(at + 8);
  if (end > packet.length) throw new Error("record longer than the message");
  // RFC 2181, 8: a TTL with the top bit set is zero.
  const ttl = rawTtl > 0x7fffffff ? 0 : rawTtl;
  return { name: text, type: packet.readUInt16BE(at), class: packet.readUInt16BE(at + 2), rawTtl, ttl, data, end };
}

function readAnswer(packet: Buffer, record: RawRecord): AnswerRecord | null {
  if (record.class !== CLASS_IN) return null;
  const { name, ttl, data } = record;
  const owner = foldName(name);
  const length = record.end - data;
  switch (record.type) {
    case TYPES.A:
      return { type: "A", owner, name, data: readAddress(packet.subarray(data, record.end), ttl) };
    case TYPES.AAAA:
      if (length !== 16) throw new Error("AAAA record that isn't 16 octets");
      return { type: "AAAA", owner, name, data: readAddress(packet.subarray(data, record.end), ttl) };
    case TYPES.CNAME:
      return { type: "CNAME", owner, name, data: { name: readTarget(packet, data, record.end), ttl } satisfies NameRecord };
    case TYPES.NS:
      return { type: "NS", owner, name, data: { name: readTarget(packet, data, record.end), ttl } satisfies NameRecord };
    case TYPES.SOA:
      return { type: "SOA", owner, name, data: readSoa(packet, record) };
    case TYPES.SRV: {
      if (length < 7) throw new Error("SRV record that is too short");
      const [priority, weight, port] = [packet.readUInt16BE(data), packet.readUInt16BE(data + 2), packet.readUInt16BE(data + 4)];
      const target = readTarget(packet, data + 6, record.end);
      return { type: "SRV", owner, name, data: { priority, weight, port, target, ttl } satisfies SrvRecord };
    }
    default:
      return null;
  }
}

/** The name at the end of a record's data, which must end where the data ends. */
function readTarget(packet: Buffer, offset: number, recordEnd: number): string {
  const { text, end } = readName(packet, offset);
  if (end !== recordEnd) throw new Error("record data that doesn't end with its name");
  return text;
}

function readAddress(bytes: Buffer, ttl: number): AddressRecord {
  if (bytes.length === 4) return { address: bytes.join("."), ttl };
  if (bytes.length !== 16) throw new Error("A record that isn't 4 octets");
  const groups = (bytes.toString("hex").match(/.{4}/g) ?? []).join(":");
  return { address: new SocketAddress({ address: groups, family: "ipv6" }).address, ttl };
}

function readSoa(packet: Buffer, record: RawRecord): SoaRecord {
  const afterNames = readName(packet, readName(packet, record.data).end).end;
  if (afterNames + 20 !== record.end) throw new Error("SOA record of a wrong length");
  return { serial: packet.readUInt32BE(afterNames), minimum: packet.readUInt32BE(afterNames + 16), ttl: record.ttl };
}

/** RFC 8914, 2: a code of two octets, then text that may be missing, and should not but may end with NUL. */
function readExtendedErrors(options: Buffer): ExtendedError[] {
  const errors: ExtendedError[] = [];
  for (let at = 0; at < options.length;) {
    const data = at + 4;
    const end = data + options.readUInt16BE(at + 2);
    if (end > options.length) throw new Error("EDNS option longer than its record");
    if (options.readUInt16BE(at) === OPTION_EXTENDED_ERROR && end >= data + 2 && errors.length < MAX_EXTENDED_ERRORS) {
      errors.push({ code: options.readUInt16BE(data), text: withoutFinalNuls(options.toString("utf8", data + 2, end)) });
    }
    at = end;
  }
  return errors;
}

/** By hand: a pattern for NULs at the end takes time with the square of those in the middle. */
function withoutFinalNuls(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}
