/** What became of a request whose connection wasn't made. */
import type { Outcome } from "../../facts/facts.ts";
import type { Connection, FurtherConnection, HttpResult } from "../../net/io.ts";

export function lost({ facts }: Connection | FurtherConnection): HttpResult {
  return { outcome: outcomeOf(facts), body: Buffer.alloc(0) };
}

function outcomeOf({ tcp, tls }: (Connection | FurtherConnection)["facts"]): Outcome<never> {
  const cause = tcp.status === "done" ? tls : tcp;
  if (cause.status === "untested") return cause;
  return {
    status: "skipped",
    because: "blocked",
    note: cause.status === "failed" ? `no connection: ${cause.error.message}` : "no connection",
  };
}
