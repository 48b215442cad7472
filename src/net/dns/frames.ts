/**
 * DNS messages on a stream: each behind its length in two octets (RFC 1035, 4.2.2).
 */

/** The message with its length before it, in one buffer: two writes can become two segments (RFC 7766, 8). */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2);
  framed.writeUInt16BE(message.length);
  message.copy(framed, 2);
  return framed;
}

/** A `data` listener that calls `onFrame` for every whole message. It keeps at most one message, 65,535 octets, and one chunk. */
export function createFrameReader(onFrame: (message: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    // Joined only when a message is whole: octets that come one by one cost no more than that.
    while (size >= 2) {
      if ((chunks[0]?.length ?? 0) < 2) chunks = [Buffer.concat(chunks)];
      const needed = 2 + (chunks[0]?.readUInt16BE(0) ?? 0);
      if (size < needed) return;
      const joined = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      if (joined === undefined) return;
      chunks = size === needed ? [] : [joined.subarray(needed)];
      size -= needed;
      onFrame(joined.subarray(2, needed));
    }
  };
}
