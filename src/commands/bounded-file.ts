/** Files that are small by their nature, read whole: what is larger than that is some other file, and so is a device that never ends. */
import { open, type FileHandle } from "node:fs/promises";

/** The bytes, or null when there are more than `most`. A pipe is read to its end. */
export async function readBounded(file: string, most: number): Promise<Buffer | null> {
  const handle = await open(file);
  try {
    return await readOpen(handle, most);
  } finally {
    await handle.close();
  }
}

/** The same of a file that is open, and stays so. */
export async function readOpen(handle: FileHandle, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) return null;
  }
  return Buffer.concat(chunks);
}
