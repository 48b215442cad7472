/**
 * undici, file by file: its index loads a hundred more, which takes 45 ms, and gives the process a dispatcher that from then on everybody's
 * `fetch()` uses. The index, where undici has a file elsewhere or keeps it to itself.
 */
import { createRequire } from "node:module";
import type { Agent, Client, Dispatcher } from "undici";

const requireHere = createRequire(import.meta.url);

type Index = typeof import("undici");
type Request = (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>;

export const loadClient = once<typeof Client>("undici/lib/dispatcher/client.js", ({ Client }) => Client);
export const loadAgent = once<typeof Agent>("undici/lib/dispatcher/agent.js", ({ Agent }) => Agent);
/** What the index makes a method of every dispatcher. */
export const loadRequest = once<Request>(
  "undici/lib/api/api-request.js",
  ({ Dispatcher }) => (Dispatcher.prototype as unknown as { request: Request }).request,
);

function once<T>(file: string, inIndex: (index: Index) => T): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= load());

  function load(): T {
    try {
      return requireHere(file) as T;
    } catch {
      return inIndex(requireHere("undici") as Index);
    }
  }
}
