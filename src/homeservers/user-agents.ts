/** Who sends a User-Agent, by the models; and how it is called. */
import { USER_AGENTS } from "../matrix/user-agents.ts";
import { list, quote } from "../views/words.ts";
import { homeservers } from "./all.ts";

/** `wellKnown`: for the file; `http`: to the federation API. */
export function sendersOf(userAgent: string, what: "wellKnown" | "http"): string[] {
  return homeservers.filter((homeserver) => homeserver[what].userAgent.is === userAgent).map(({ name }) => name);
}

/** `"Go-http-client/1.1" (Dendrite, mautrix-go)`. */
export function withSenders(userAgent: string, what: "wellKnown" | "http"): string {
  const senders = sendersOf(userAgent, what);
  const name = userAgent === USER_AGENTS.none ? "no User-Agent at all" : quote(userAgent);
  if (senders.length > 0) return `${name} (${senders.join(", ")})`;
  return userAgent === USER_AGENTS.go ? `${name} (programs in Go that say no name of their own)` : name;
}

export function listWithSenders(userAgents: readonly string[], what: "wellKnown" | "http"): string {
  return list([...new Set(userAgents)].map((userAgent) => withSenders(userAgent, what)));
}
