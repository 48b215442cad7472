/**
 * Reads the body of a response up to a limit and undoes its Content-Encoding (RFC 9110, 8.4.1) as it comes, so that a decompression bomb is
 * stopped at the limit, whatever it would become.
 */
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";

/** `complete`: read to its end. `full`: there is more than the limit. `broken`: the encoding is unknown or can't be undone. */
export type BodyEnd = { kind: "complete" } | { kind: "full" } | { kind: "broken"; message: string };

export interface BodyReader {
  /** Takes the next piece, as it was on the wire after chunked coding. */
  push(piece: Buffer): void;
  /** Says that no more comes. */
  end(): void;
  /** Bytes taken so far, before decoding. */
  readonly taken: number;
  /** The limit is reached: nothing more is taken, though what was taken may still be decoded. */
  readonly satisfied: boolean;
  /** What was decoded so far, at most the limit. */
  decoded(): Buffer;
  /** Stops decoding; may be called twice. */
  dispose(): void;
}

/**
 * @param encoding the Content-Encoding header, or undefined
 * @param maxBytes limit of the body, compressed and decompressed alike
 * @param ended called once, when the body is read or given up
 */
export function createBodyReader(encoding: string | undefined, maxBytes: number, ended: (end: BodyEnd) => void): BodyReader {
  const codings = (encoding ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  const pieces: Buffer[] = [];
  let length = 0;
  let taken = 0;
  let over = false;
  let decoder: Transform | null = null;

  function finish(end: BodyEnd): void {
    if (over) return;
    over = true;
    decoder?.destroy();
    ended(end);
  }

  function collect(piece: Buffer): void {
    if (over) return;
    const room = maxBytes - length;
    if (piece.length > room) {
      pieces.push(piece.subarray(0, room));
      length = maxBytes;
      finish({ kind: "full" });
      return;
    }
    pieces.push(piece);
    length += piece.length;
  }

  /** The first piece decides how `deflate` is meant. */
  function openDecoder(first: Buffer): Transform | null {
    const opened = codings.length === 1 ? createDecoder(codings[0] ?? "", first) : null;
    if (opened === null) {
      finish({ kind: "broken", message: `the Content-Encoding ${JSON.stringify(encoding)} is not one of gzip, deflate and br` });
      return null;
    }
    opened.on("data", collect);
    opened.on("end", () => finish({ kind: "complete" }));
    opened.on("error", (error) => {
      finish({ kind: "broken", message: `the body is no valid ${codings[0]} data (${error.message})` });
    });
    return opened;
  }

  return {
    get taken() {
      return taken;
    },
    get satisfied() {
      return taken > maxBytes;
    },
    push(piece) {
      if (over || piece.length === 0 || taken > maxBytes) return;
      taken += piece.length;
      if (codings.length === 0) return collect(piece);
      decoder ??= openDecoder(piece);
      if (decoder === null) return;
      if (taken <= maxBytes) {
        decoder.write(piece);
        return;
      }
      // The rest up to the limit is still decoded, then it is over.
      const rest = piece.subarray(0, Math.max(0, piece.length - (taken - maxBytes)));
      decoder.write(rest, () => finish({ kind: "full" }));
    },
    end() {
      if (over || taken > maxBytes) return; // then the decoder's last write ends it
      if (decoder === null)
        finish({ kind: "complete" }); // nothing to decode: identity, or no body at all
      else decoder.end();
    },
    decoded: () => Buffer.concat(pieces, length),
    dispose() {
      over = true;
      decoder?.destroy();
    },
  };
}

function createDecoder(coding: string, first: Buffer): Transform | null {
  switch (coding) {
    case "gzip":
    case "x-gzip": // RFC 9110, 8.4.1.3
      return createGunzip();
    case "deflate":
      // RFC 9110, 8.4.1.2: some send the deflate stream without the zlib wrapper; its first byte's low half is 8 (RFC 1950, 2.2).
      return ((first[0] ?? 0) & 0x0f) === 0x08 ? createInflate() : createInflateRaw();
    case "br":
      return createBrotliDecompress();
    default:
      return null;
  }
}
