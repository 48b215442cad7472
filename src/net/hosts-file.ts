/** The system's hosts file, as far as it is of any use. */
import { open } from "node:fs/promises";
import { platform } from "node:os";

/** Lists of advertisers to block have some megabytes; what comes after this isn't read. */
const MAX_BYTES = 4 << 20;

export function systemHostsFile(): string {
  return platform() === "win32" ? "C:\\Windows\\System32\\drivers\\etc\\hosts" : "/etc/hosts";
}

/** In lower case. Null when it can't be read. Never rejects. */
export async function readHostsText(path: string): Promise<{ path: string; text: string } | null> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.min(size, MAX_BYTES));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return { path, text: buffer.toString("utf8", 0, bytesRead).toLowerCase() };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
