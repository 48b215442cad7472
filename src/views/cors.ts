/** Whether a browser lets a web client read an answer (Fetch Standard, "CORS check"). */
import type { HttpFacts } from "../facts/facts.ts";

/**
 * `missing`: there is no Access-Control-Allow-Origin, or an empty one. `doubled`: there are several values, in one field or in several,
 * which browsers take for none, even when they are the same. `other`: one value that names neither everybody nor who asked.
 */
export type Cors = "good" | "missing" | "doubled" | "other";

/** `origin`: what the request had; a server that repeats it lets everybody in, too. */
export function corsOf({ headers }: HttpFacts, origin: string): Cors {
  const value = headers["access-control-allow-origin"]?.trim() ?? "";
  if (value === "") return "missing";
  if (value.includes(",")) return "doubled";
  return value === "*" || value === origin ? "good" : "other";
}
