/** The files of --zone-file and --against: single files, folders of them, a pipe, and what they include. */
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import type { CheckOptions } from "../../check.ts";
import { parseZoneFileOption } from "../../zone/option.ts";
import { includesIn } from "../../zone/includes.ts";
import { MAX_ZONE_FILE } from "../../zone/parse.ts";
import type { IncludedFile } from "../../zone/zone.ts";
import { readBounded } from "../bounded-file.ts";
import type { CommandIo } from "../io.ts";
import { CommandUsageError, fileProblem, quote } from "../usage.ts";

export type ZoneText = NonNullable<CheckOptions["zones"]>[number];

const MAX_FILES = 10_000;
/** Of all zone files of a run together, in bytes. */
const MAX_BYTES = 2 * MAX_ZONE_FILE;
const MAX_INCLUDES = 100;
const MAX_INCLUDE_DEPTH = 8;
/** What stands beside zone files in a folder, and is none. */
const OTHER_FILES =
  /^\.|~$|\.(?:md|rst|ya?ml|json|jsonc|js|mjs|cjs|ts|py|rb|sh|toml|ini|lock|key|private|state|jnl|jbk|bak|orig|rej|swp|tmp|log|gz|zip|sig|csv|html|tf|tfvars)$/i;

/** Reads one kind of option, each value with all that belongs to it. Throws CommandUsageError. */
export async function readZoneFiles(values: readonly string[], option: string, io: Pick<CommandIo, "stdin"> | null): Promise<ZoneText[]> {
  const reader = new Reader(option, io);
  for (const value of values) await reader.add(value);
  return reader.zones;
}

/** A message for the configuration file, or null. */
export async function zoneFileProblem(value: string): Promise<string | null> {
  try {
    await readZoneFiles([value], "", null);
    return null;
  } catch (error) {
    if (error instanceof CommandUsageError) return error.message.replace(/^\s*"(?:[^"\\]|\\.)*" /, "");
    throw error;
  }
}

class Reader {
  readonly zones: ZoneText[] = [];
  readonly #option: string;
  readonly #io: Pick<CommandIo, "stdin"> | null;
  #bytes = 0;
  #stdinRead = false;

  constructor(option: string, io: Pick<CommandIo, "stdin"> | null) {
    this.#option = option;
    this.#io = io;
  }

  async add(value: string): Promise<void> {
    const { file, origin } = parseZoneFileOption(value);
    if (file === "-" && this.#io !== null) {
      if (this.#stdinRead) throw this.#refuse(file, "is given twice: standard input can be read once");
      this.#stdinRead = true;
      this.zones.push({ file: "stdin", origin, text: await this.#stdin(this.#io.stdin) });
      return;
    }
    if (await isFolder(file)) {
      if (origin !== null) throw this.#refuse(file, `is a folder, and each file in it says its own zone: leave out @${origin}`);
      await this.#folder(file);
      return;
    }
    await this.#file(file, origin);
  }

  async #folder(folder: string): Promise<void> {
    let names: string[];
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      names = entries
        .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !OTHER_FILES.test(entry.name))
        .map(({ name }) => name);
    } catch (error) {
      throw this.#refuse(folder, `can't be read: ${fileProblem(error)}`);
    }
    if (names.length > MAX_FILES) throw this.#refuse(folder, `has more than ${MAX_FILES} files: name the zone files instead`);
    const included = new Set<string>();
    const found: ZoneText[] = [];
    for (const name of names.toSorted()) {
      const file = folder.endsWith("/") ? `${folder}${name}` : join(folder, name);
      if (await isFolder(file)) continue;
      const zone = await this.#read(file, null);
      for (const each of zone.included ?? []) included.add(await realpath(each.file));
      found.push(zone);
    }
    // What a zone includes is no zone of its own.
    const kept: ZoneText[] = [];
    for (const zone of found) if (!included.has(await realpath(zone.file))) kept.push(zone);
    if (kept.length === 0) throw this.#refuse(folder, "is a folder without a zone file");
    this.zones.push(...kept);
  }

  async #file(file: string, origin: string | null): Promise<void> {
    this.zones.push(await this.#read(file, origin));
  }

  async #read(file: string, origin: string | null): Promise<ZoneText> {
    const text = await this.#text(file, file);
    const included = await this.#included(file, text);
    return { file, origin, text, ...(included.length > 0 && { included }) };
  }

  /** Only what stands in the zone file's own folder or below it, links followed. */
  async #included(zone: string, whole: string): Promise<IncludedFile[]> {
    const all: IncludedFile[] = [];
    let level = [{ by: zone, text: whole }];
    if (includesIn(whole).length === 0) return all;
    const root = await realpath(dirname(zone));
    for (let depth = 0; level.length > 0; depth++) {
      const next: typeof level = [];
      for (const { by, text } of level) {
        for (const { path, line } of includesIn(text)) {
          const refuse = (why: string): CommandUsageError => new CommandUsageError(`${by}:${line}: $INCLUDE ${quote(path)} ${why}`);
          if (depth === MAX_INCLUDE_DEPTH) throw refuse(`is nested more than ${MAX_INCLUDE_DEPTH} deep`);
          if (all.some((each) => each.by === by && each.path === path)) continue;
          if (all.length === MAX_INCLUDES) throw refuse(`is one more than the ${MAX_INCLUDES} files that are included at most`);
          const file = join(dirname(by), path);
          const isInside = !isAbsolute(path) && isBelow(await realpath(file).catch(() => file), root);
          if (!isInside)
            throw refuse("leads out of the zone file's folder, where nothing is read: put its records here, or the file there");
          const read = { by, path, file, text: await this.#text(file, null, refuse) };
          all.push(read);
          next.push({ by: file, text: read.text });
        }
      }
      level = next;
    }
    return all;
  }

  async #text(file: string, named: string | null, refuse = (why: string) => this.#refuse(named ?? file, why)): Promise<string> {
    let bytes: Buffer | null;
    try {
      bytes = await readBounded(file, MAX_ZONE_FILE);
    } catch (error) {
      throw refuse(`can't be read: ${fileProblem(error)}`);
    }
    if (bytes === null) throw refuse(`has more than ${MAX_ZONE_FILE} bytes, and no more are read`);
    return this.#decoded(bytes, refuse);
  }

  async #stdin(stream: CommandIo["stdin"]): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_ZONE_FILE) throw this.#refuse("-", `has more than ${MAX_ZONE_FILE} bytes, and no more are read`);
      chunks.push(bytes);
    }
    if (size === 0) throw this.#refuse("-", "gave nothing: a zone file is expected on standard input");
    return this.#decoded(Buffer.concat(chunks), (why) => this.#refuse("-", why));
  }

  /** UTF-16 is what a redirection in Windows' shell makes of `dig axfr`. */
  #decoded(bytes: Buffer, refuse: (why: string) => CommandUsageError): string {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) throw refuse(`makes more than ${MAX_BYTES} bytes of zone files, and no more are read`);
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le");
    if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0) return Buffer.from(bytes).swap16().toString("utf16le");
    return bytes.toString("utf8");
  }

  #refuse(file: string, why: string): CommandUsageError {
    return new CommandUsageError(`${this.#option} ${quote(file)} ${why}`.trim());
  }
}

async function isFolder(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch {
    return false;
  }
}

function isBelow(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
