/**
 * From a message to an answer: follows the CNAMEs inside it and collects the records at their end. RFC 1034, 4.3.2 and 5.2.2.
 */
import type { CnameLink } from "../../facts/facts.ts";
import type { RecordsByType } from "../io.ts";
import type { AnswerRecord, Message, QuestionType } from "./message.ts";
import { foldName } from "../../facts/domain-name.ts";

/** More CNAMEs in a row than this are taken for a loop; resolvers stop at 8 to 16. */
export const MAX_CHAIN = 16;

/** How far a question has come; carried from one message to the next. */
export interface Walk {
  chain: CnameLink[];
  /** Folded names that were the owner of a CNAME. */
  visited: Set<string>;
  loop: boolean;
}

export interface Collected<R> {
  records: R[];
  /** Where the chain ends when the message doesn't say what is there: this name is to be asked for. */
  askNext: string | null;
}

export function newWalk(): Walk {
  return { chain: [], visited: new Set(), loop: false };
}

/** Collects what the message has for `name`, and extends the walk by the CNAMEs that it has. */
export function collect<T extends QuestionType>(message: Message, name: string, type: T, walk: Walk): Collected<RecordsByType[T]> {
  const byOwner = new Map<string, AnswerRecord[]>();
  for (const record of message.answers) {
    const known = byOwner.get(record.owner);
    if (known === undefined) byOwner.set(record.owner, [record]);
    else known.push(record);
  }
  let at = name;
  let followed = false;
  for (;;) {
    const here = byOwner.get(foldName(at)) ?? [];
    const records = here.filter((record): record is Extract<AnswerRecord, { type: T }> => record.type === type);
    if (records.length > 0) return { records: withoutDuplicates(records.map((record) => record.data as RecordsByType[T])), askNext: null };
    const alias = here.find((record) => record.type === "CNAME");
    if (alias === undefined) break;
    followed = true;
    const key = foldName(at);
    if (walk.visited.has(key) || walk.chain.length === MAX_CHAIN) {
      walk.loop = true;
      return { records: [], askNext: null };
    }
    walk.visited.add(key);
    walk.chain.push({ name: alias.name, target: alias.data.name, ttl: alias.data.ttl });
    at = alias.data.name;
  }
  if (walk.visited.has(foldName(at))) walk.loop = true;
  const unfinished = followed && !walk.loop && message.rcode === "NOERROR" && message.soa === null;
  return { records: [], askNext: unfinished ? at : null };
}

/** The least TTL of chain and records, seconds; null when there are none. */
export function leastTtl(chain: readonly CnameLink[], records: readonly { ttl: number }[]): number | null {
  let least: number | null = null;
  for (const { ttl } of [...chain, ...records]) least = least === null ? ttl : Math.min(least, ttl);
  return least;
}

/** RFC 2181, 5: duplicates are suppressed. They may still differ in TTL (5.2): the least counts. */
function withoutDuplicates<R extends { ttl: number }>(records: R[]): R[] {
  const byContent = new Map<string, R>();
  for (const record of records) {
    const content = foldName(JSON.stringify({ ...record, ttl: 0 }));
    const known = byContent.get(content);
    if (known === undefined || record.ttl < known.ttl) byContent.set(content, record);
  }
  return [...byContent.values()];
}
