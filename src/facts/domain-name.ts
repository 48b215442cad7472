/**
 * Domain names between their two forms: presentation (`a\.b.example`, RFC 1035, 5.1) and wire (RFC 1035, 3.1).
 * dns-packet reads labels as UTF-8 and joins them with dots, which loses bytes and dots inside labels; names are bytes.
 */

/** RFC 1035, 2.3.4: octets in a label, and in a name with its length octets and the root. */
const MAX_LABEL = 63;
const MAX_NAME = 255;

/** A name that can be sent. `text` is the normal presentation form: escaped, without the final dot, case kept. */
export interface DomainName {
  text: string;
  wire: Buffer;
}

/** A name that can't be put on the wire; the message says why. */
export class BadNameError extends Error {}

/**
 * Reads presentation form, with or without the final dot; `\.` and `\DDD` are understood. ASCII only: IDNs come as A-labels.
 * Throws BadNameError.
 */
export function parseName(presentation: string): DomainName {
  if (presentation === ".") return { text: ".", wire: Buffer.from([0]) };
  const labels: number[][] = [[]];
  for (let at = 0; at < presentation.length; at++) {
    const code = presentation.charCodeAt(at);
    const label = labels[labels.length - 1] ?? [];
    if (code > 0x7e || code < 0x21) {
      throw new BadNameError(`a DNS name can't hold ${JSON.stringify(presentation.charAt(at))} unescaped`);
    }
    if (code === 0x2e) {
      if (label.length === 0) throw new BadNameError("the name has an empty label");
      labels.push([]);
    } else if (code === 0x5c) {
      const escape = /^(?:(\d{3})|([!-~]))/.exec(presentation.slice(at + 1, at + 4));
      const octet = escape?.[1] === undefined ? escape?.[2]?.charCodeAt(0) : Number(escape[1]);
      if (octet === undefined || octet > 255) throw new BadNameError("the name has a broken \\ escape");
      label.push(octet);
      at += escape?.[1] === undefined ? 1 : 3;
    } else {
      label.push(code);
    }
    if (label.length > MAX_LABEL) throw new BadNameError(`the name has a label of more than ${MAX_LABEL} octets`);
  }
  if (labels[labels.length - 1]?.length === 0) labels.pop(); // the final dot
  if (labels.length === 0) throw new BadNameError("the name is empty");
  const wire = Buffer.from([...labels.flatMap((label) => [label.length, ...label]), 0]);
  if (wire.length > MAX_NAME) throw new BadNameError(`the name has more than ${MAX_NAME} octets`);
  return { text: labels.map(presentLabel).join("."), wire };
}

/**
 * Reads the name at `offset` of a packet, following compression (RFC 1035, 4.1.4). `end` is the offset after it.
 * Throws on anything that is no name. Pointers must go backwards and labels are bounded, so this always ends soon.
 */
export function readName(packet: Buffer, offset: number): { text: string; end: number } {
  const labels: string[] = [];
  let length = 1;
  let end: number | null = null;
  let at = offset;
  let pointers = 0;
  for (;;) {
    const octet = packet.readUInt8(at);
    if (octet === 0) return { text: labels.length === 0 ? "." : labels.join("."), end: end ?? at + 1 };
    if (octet > 0xbf) {
      const target = packet.readUInt16BE(at) & 0x3fff;
      // One pointer a label is the most that makes sense: a name has at most 127 labels.
      if (target >= at || ++pointers > 127) throw new Error("compression loop");
      end ??= at + 2;
      at = target;
      continue;
    }
    if (octet > MAX_LABEL) throw new Error("unknown label type");
    const label = packet.subarray(at + 1, at + 1 + octet);
    length += octet + 1;
    if (label.length < octet || length > MAX_NAME) throw new Error("name too long");
    labels.push(presentLabel(label));
    at += octet + 1;
  }
}

/** For comparing: DNS knows no case in ASCII letters (RFC 4343); the escapes are the same for the same octets. */
export function foldName(text: string): string {
  return text.toLowerCase();
}

/** RFC 4343, 2.1: dot and backslash are quoted, everything but printable ASCII is `\DDD`. */
function presentLabel(label: Iterable<number>): string {
  let text = "";
  for (const octet of label) {
    if (octet === 0x2e || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`;
    else if (octet > 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\${String(octet).padStart(3, "0")}`;
  }
  return text;
}
