/** A line that is no record, and a file that has none, as a page or JSON: what is wrong with it, and what would be right. Pure. */
import type { Entry } from "./entries.ts";
import { FieldError } from "./fields.ts";
import { BadNameError } from "./names.ts";
import type { Notes } from "./notes.ts";
import { notAType, preamble } from "./preamble.ts";
import { isKnownType, recordType } from "./record-data.ts";
import { ZoneFileError, type ZoneRecord } from "./zone.ts";

/** Null when the file has a record; one without its fields is one, too. `origin`: the zone's name, as far as it is known. */
export function otherFile({
  file,
  records,
  mistakes,
  origin,
}: Pick<Notes, "mistakes"> & { file: string; records: readonly ZoneRecord[]; origin: string | null }): ZoneFileError | null {
  const isRecord = (record: ZoneRecord): boolean => record.type !== "OTHER" || isKnownType(record.data.mnemonic);
  if (records.some(isRecord) || mistakes.some(({ kind }) => kind === "srv-fields")) return null;
  const example = `a zone file has records such as ${origin ?? "example.com"}. 3600 IN A 192.0.2.1`;
  const first = mistakes.find(({ kind }) => kind === "unreadable" || kind === "unknown-type" || kind === "comment-sign");
  if (first === undefined) return new ZoneFileError(file, 0, `there is no record in it: ${example}`);
  const problem = first.kind === "unknown-type" ? notAType(first.type) : (first.problem ?? "it is no record");
  return new ZoneFileError(first.file ?? file, first.line, `${problem}. Nothing else in the file is a record either: ${example}`);
}

/** What is wrong with one line; null for what is no fault of a line. */
export function problemOf(error: unknown): string | null {
  if (error instanceof FieldError) return error.message;
  if (error instanceof BadNameError)
    return `${error.message}: names are letters, digits, hyphens, underscores and dots; everything else is written as \\DDD`;
  return null;
}

/** Null for what only lacks an origin. */
export function notARecord({ startsBlank, tokens }: Entry): string | null {
  if (!startsBlank && tokens[0].text.startsWith("$")) return null;
  try {
    const { word } = preamble(startsBlank ? tokens : tokens.slice(1));
    return recordType(word) === null ? notAType(word) : null;
  } catch (error) {
    return problemOf(error);
  }
}
