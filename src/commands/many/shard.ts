/**
 * `--shard i/n`: which part of the names this run takes. By each name itself, so that a line more in the file moves no other name to
 * another part.
 */
import { createHash } from "node:crypto";
import type { Shard } from "../options.ts";

/** The part, from 1 to `of`, in which a name is. The same in every run and every version: the first 32 bits of its SHA-256, modulo `of`. */
export function partOf(name: string, of: number): number {
  return (createHash("sha256").update(name).digest().readUInt32BE(0) % of) + 1;
}

export function isIn(name: string, { part, of }: Shard): boolean {
  return partOf(name, of) === part;
}
