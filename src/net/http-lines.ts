/**
 * The lines of a response's header as the parser wants them: each ends in CR LF, and none is continued on the next one. Servers that are a
 * few lines of a script end them in LF alone, and a field value that is written over several lines of a configuration file (nginx's
 * add_header) comes as it was written. Twisted and Go read both (RFC 9112, 2.2 and 5.2, allow it), so neither keeps homeservers away.
 */
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const H = 0x48;
/** `HTTP/1.1 200`: so much of the first line tells whether another header follows (RFC 9110, 15.2). */
const STATUS_LINE = 12;
const IS_INTERIM = /^HTTP\/1\.\d 1/;
/** A line that ends otherwise than in CR LF, or that continues the one before it. */
const IS_UNUSUAL = /[^\r]\n|\r[^\n]|\n[ \t]/;

/** For one response, 1xx ones before it included. What is no HTTP, and bodies, stay as they are. */
export class HeaderLines {
  #isOver = false;
  #isStart = true;
  #isFirstLine = true;
  #statusLine = "";
  /** Bytes of the present line. */
  #length = 0;
  #heldCr = false;
  /** The line has ended, unless the next one continues it. */
  #heldEnd = false;

  read(chunk: Buffer): Buffer {
    if (this.#isOver || chunk.length === 0) return chunk;
    if (this.#isStart && chunk[0] !== H) {
      this.#isOver = true;
      return chunk;
    }
    if (this.#isStart && isUsual(chunk)) {
      this.#isOver = true;
      return chunk;
    }
    this.#isStart = false;
    // Each byte becomes two at most, and what was held three.
    const out = Buffer.allocUnsafe(2 * chunk.length + 3);
    let length = 0;
    const write = (...bytes: number[]): void => {
      for (const byte of bytes) out[length++] = byte;
    };
    for (const [at, byte] of chunk.entries()) {
      if (this.#isOver) return Buffer.concat([out.subarray(0, length), chunk.subarray(at)]);
      this.#take(byte, write);
    }
    return out.subarray(0, length);
  }

  #take(byte: number, write: (...bytes: number[]) => void): void {
    if (byte === LF) {
      this.#heldCr = false;
      if (this.#length > 0) {
        this.#heldEnd = true;
        this.#length = 0;
        return;
      }
      // An empty line ends the header.
      if (this.#heldEnd) write(CR, LF);
      write(CR, LF);
      this.#heldEnd = false;
      this.#isFirstLine = true;
      this.#isOver = !IS_INTERIM.test(this.#statusLine);
      this.#statusLine = "";
      return;
    }
    if (this.#heldCr) {
      this.#begin(write, false);
      write(CR);
      this.#length++;
      this.#heldCr = false;
    }
    if (byte === CR) {
      this.#heldCr = true;
      return;
    }
    this.#begin(write, byte === SPACE || byte === TAB);
    if (this.#isFirstLine && this.#statusLine.length < STATUS_LINE) this.#statusLine += String.fromCharCode(byte);
    write(byte);
    this.#length++;
  }

  /** The first byte of a line: was the one before it whole? A status line isn't continued. */
  #begin(write: (...bytes: number[]) => void, isSpace: boolean): void {
    if (!this.#heldEnd) return;
    this.#heldEnd = false;
    if (isSpace && !this.#isFirstLine) return;
    write(CR, LF);
    this.#isFirstLine = false;
  }
}

/** It holds the whole header, and each line of it is as it should be. */
function isUsual(chunk: Buffer): boolean {
  const end = chunk.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const header = chunk.toString("latin1", 0, end + 2);
  return !IS_INTERIM.test(header) && !IS_UNUSUAL.test(header);
}
