/** Was an answer compressed although that wasn't asked for? Synapse, and reqwest without its gzip feature, can't read it then. */
import type { EndpointFacts, HttpFacts } from "../facts/facts.ts";
import { done } from "./outcome.ts";

export type Unasked = { path: "version" | "keys"; encoding: string };

export function unaskedEncodings({ plain, version, keys }: Pick<EndpointFacts, "plain" | "version" | "keys">): Unasked[] {
  if (plain !== true) return [];
  return [...encodingOf("version", done(version)?.response, version), ...encodingOf("keys", done(keys)?.response, keys)];
}

function encodingOf(
  path: Unasked["path"],
  response: HttpFacts | undefined,
  outcome: EndpointFacts["version"] | EndpointFacts["keys"],
): Unasked[] {
  // One that can't be undone: the message names it.
  if (outcome.status === "failed") return outcome.error.code === "encoding" ? [{ path, encoding: outcome.error.message }] : [];
  const encoding = (response?.headers["content-encoding"] ?? "").trim().toLowerCase();
  return encoding === "" || encoding === "identity" ? [] : [{ path, encoding }];
}
