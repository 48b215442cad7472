/** Which zone a file is, when neither $ORIGIN nor an SOA record says it, and who wrote it: comments of exports, the file's name. Pure. */
import { parse } from "../facts/public-suffix-list.ts";
import type { Token } from "./entries.ts";
import { quoted } from "./fields.ts";
import { absoluteName, foldName, isAbsolute } from "./names.ts";
import { ZoneFileError } from "./zone.ts";

/** How far comments at the beginning are looked through. */
const HEAD = 4000;
const NAME = String.raw`((?:[a-z0-9_-]{1,63}\.){1,10}[a-z0-9-]{2,63})\.?`;
/** Cloudflare's and Windows' first lines. */
const COMMENTS = [
  new RegExp(String.raw`^;+[ \t]*Domain:[ \t]*${NAME}[ \t\r]*$`, "im"),
  new RegExp(String.raw`^;.{1,80}[ \t]for ${NAME} zone\.`, "im"),
];
/** `;; Exported:` (Cloudflare, GoDaddy), and Cloudflare's own SOA record. */
const EXPORTS = [
  /^;.{0,80}\bexported(?:[ \t]*[:(]|[ \t](?:at|by|from|on)\b)/im,
  /[ \t]SOA[ \t]+[a-z0-9-]{1,63}\.ns\.cloudflare\.com\.?[ \t]+dns\.cloudflare\.com\b/i,
];
/** `db.example.com`, `example.com.zone`. */
const PREFIX = /^(?:db|zone|pri|master|named|primary)\./i;
const ENDING = /\.(?:zone|zonefile|db|dns|txt|hosts|host|bind|axfr|cf|conf)$/i;

export function originInComments(text: string): string | null {
  const head = text.slice(0, HEAD);
  for (const pattern of COMMENTS) {
    const name = pattern.exec(head)?.[1];
    if (name !== undefined && isDomain(name)) return foldName(name);
  }
  return null;
}

/** A provider wrote the file, and reads such files back; no nameserver of the reader's own loads it as it is. */
export function isExport(text: string): boolean {
  const head = text.slice(0, HEAD);
  return EXPORTS.some((pattern) => pattern.test(head));
}

export function originInFileName(file: string): string | null {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  const name = base.replace(PREFIX, "").replace(ENDING, "").replace(/\.$/, "");
  return new RegExp(`^${NAME}$`, "i").test(name) && isDomain(name) ? foldName(name) : null;
}

function isDomain(name: string): boolean {
  const { domain, isIcann } = parse(name, { validateHostname: false });
  return domain !== null && isIcann === true;
}

/**
 * The zone's name as it was given beside the file.
 * @throws ZoneFileError when it is no name
 */
export function givenOrigin(file: string, origin: string | undefined): string | null {
  if (origin === undefined) return null;
  try {
    return absoluteName(isAbsolute(origin) ? origin : `${origin}.`, null);
  } catch (error) {
    throw new ZoneFileError(
      file,
      0,
      `${quoted(origin)} is not a name of a zone: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A name of several labels without the dot that makes it whole. */
export function mayLackDot({ text, quoted: inQuotes }: Token): boolean {
  return !inQuotes && !isAbsolute(text) && text.includes(".");
}
