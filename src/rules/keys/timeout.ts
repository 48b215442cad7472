/** keys/timeout: no whole answer in time, for the keys alone. */
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { duration, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { failedKeys } from "../../views/keys-answer.ts";

/** Who gives up first. */
const [FIRST = { limit: 0, names: [] }] = limitsOf(({ keys }) => keys.timeoutMs);

export const keysTimeout: Rule = {
  code: "keys/timeout",
  severity: "error",
  mechanisms: ["keys:timeout"],
  title: "The request for the signing keys gets no answer in time",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "bad-answer"],
  explain: `
\`GET /_matrix/key/v2/server\` gets no complete answer in time. The version request is answered, or fails in another way.

**How it shows.** The request hangs, for this path only.

**Who is affected.** All homeservers: Synapse waits 10 s, Dendrite 15 s, and without the keys they refuse everything that this server
sends.

**Look-alikes.** \`federation/timeout\`: the version request hangs too; then only that finding is reported. \`keys/slow\`: the answer
comes, late.

**Usual causes.** A separate worker or backend for \`/_matrix/key\` that is down or unreachable; a database that waits (the homeserver
reads the keys from it, but not the version).

**Fix.** On the server: \`time curl http://127.0.0.1:8008/_matrix/key/v2/server\`. If that is quick, forward \`/_matrix/key\` as the rest
of \`/_matrix\`.

**Log lines.** Synapse elsewhere: \`Failed to find any key to satisfy\`, \`TimeoutError\`. Dendrite: \`context deadline exceeded\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const silent = failedKeys(facts).filter(({ keys }) => keys.error.code === "timeout");
    const [first] = silent;
    if (first === undefined) return;
    yield {
      severity: "error",
      detail: `GET /_matrix/key/v2/server: no complete answer after ${duration(Math.max(...silent.map(({ keys }) => keys.ms)))}. ${list(FIRST.names)} ${FIRST.names.length === 1 ? "waits" : "wait"} ${FIRST.limit / 1000} s for keys (${quote(first.keys.error.message, 160)}).`,
      fix: [
        "On the server, see how long the homeserver itself takes (replace 8008 with its port). If it hangs there, look at its load and its database. If it is quick, correct the proxy: it must forward /_matrix/key like the rest of /_matrix:\ntime curl http://127.0.0.1:8008/_matrix/key/v2/server",
      ],
      where: silent.map(({ endpoint }) => endpoint.place),
    };
  },
};
