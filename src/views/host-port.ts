/** What becomes of requests whose Host has the port, where those without it get the homeserver. A view on the facts, no text. */
import type { EndpointFacts, HttpFacts, NetError } from "../facts/facts.ts";
import { serverOf } from "./endpoints.ts";
import { isSuccess } from "./http-status.ts";
import { SLOW_MS } from "./version-answer.ts";

/** `silent`: no answer in time, where the same without the port was quick. A failure in the facts was seen twice. */
export type WithPort = { kind: "answer"; response: HttpFacts } | { kind: "ended" | "silent"; error: NetError };

/** Null: the homeserver answers there as well, or nothing can be said. A rate limit says nothing about the Host. */
export function differentWithPort(endpoint: Pick<EndpointFacts, "version" | "hostPort" | "serverToOthers">): WithPort | null {
  const { version, hostPort } = endpoint;
  if (hostPort.status === "done") {
    const response = hostPort.value;
    const isGood = isSuccess(response.status) && response.excerpt.trimStart().startsWith("{");
    return isGood || response.status === 429 ? null : { kind: "answer", response };
  }
  if (hostPort.status !== "failed" || version.status !== "done" || serverOf(endpoint) === null) return null;
  const { error } = hostPort;
  if (error.code === "closed" || error.code === "reset") return { kind: "ended", error };
  return error.code === "timeout" && version.ms <= SLOW_MS ? { kind: "silent", error } : null;
}
