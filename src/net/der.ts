/** DER, as far as certificates need it (X.690, 8 and 10): where elements begin and end, object identifiers, texts. */

/** Offsets of what the element holds; `at` is where its tag stands. */
export interface Element {
  tag: number;
  at: number;
  start: number;
  end: number;
}

export const TAG = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30 } as const;

/** Throws an Error when there is no whole element. */
export function element(der: Buffer, at: number): Element {
  const tag = der.readUInt8(at);
  const short = der.readUInt8(at + 1);
  const octets = short < 0x80 ? 0 : short & 0x7f;
  if (short === 0x80 || octets > 4) throw new Error("a length that DER doesn't have");
  const start = at + 2 + octets;
  const end = start + (octets === 0 ? short : der.readUIntBE(at + 2, octets));
  if (end > der.length) throw new Error("an element that is longer than what it is in");
  return { tag, at, start, end };
}

export function children(der: Buffer, { start, end }: Element): Element[] {
  const found: Element[] = [];
  for (let at = start; at < end;) {
    const child = element(der, at);
    if (child.end > end) throw new Error("an element that is longer than what it is in");
    found.push(child);
    at = child.end;
  }
  return found;
}

export function contents(der: Buffer, { start, end }: Element): Buffer {
  return der.subarray(start, end);
}

/** `2.5.29.17`; an arc beyond 2^53 is not exact, which no known one is. */
export function oidOf(der: Buffer, at: Element): string {
  if (at.tag !== TAG.oid) throw new Error("no object identifier");
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contents(der, at)) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join(".");
}
