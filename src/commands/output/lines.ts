/** Lines of a byte stream, one after the other, with bounded memory: a line that is too long is cut, never gathered. */
import { StringDecoder } from "node:string_decoder";

export interface Line {
  /** From 1. */
  number: number;
  /** Without its end (LF or CR LF); at most `limit` characters. */
  text: string;
  /** There was more of it. */
  cut: boolean;
}

/** UTF-16 was written where UTF-8 is read: what Windows PowerShell's `>` does. */
export class NotUtf8 extends Error {}

/** Splits UTF-8 at LF. A byte order mark at the start is dropped; bytes that are no UTF-8 become U+FFFD. */
export async function* linesOf(chunks: AsyncIterable<Buffer | string>, limit: number): AsyncGenerator<Line> {
  const decoder = new StringDecoder("utf8");
  let number = 0;
  let pending = "";
  let cut = false;
  let atStart = true;

  const take = (text: string): void => {
    // One character more than the limit, for the CR that may come before the LF.
    const room = limit + 1 - pending.length;
    pending += text.slice(0, room);
    cut ||= text.length > room;
  };
  const line = (): Line => {
    let text = pending;
    if (!cut && text.endsWith("\r")) text = text.slice(0, -1);
    const result = { number: ++number, text: text.slice(0, limit), cut: cut || text.length > limit };
    pending = "";
    cut = false;
    return result;
  };

  for await (const chunk of chunks) {
    let text = typeof chunk === "string" ? chunk : decoder.write(chunk);
    if (atStart && text !== "") {
      if (typeof chunk !== "string" && (chunk[0] === 0xff || chunk[0] === 0xfe) && chunk.length > 1) throw new NotUtf8("it is UTF-16");
      if (text.startsWith("\uFEFF")) text = text.slice(1);
      atStart = false;
    }
    let from = 0;
    for (let end = text.indexOf("\n", from); end !== -1; end = text.indexOf("\n", from)) {
      take(text.slice(from, end));
      yield line();
      from = end + 1;
    }
    take(text.slice(from));
  }
  take(decoder.end());
  if (pending !== "" || cut) yield line();
}
