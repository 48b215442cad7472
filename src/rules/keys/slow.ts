/** keys/slow: the keys take longer than 5 s, or than the 10 s after which Synapse gives up. */
import { TOO_SLOW_MS } from "../../views/keys-faults.ts";
import type { Facts } from "../../facts/facts.ts";
import { limitsOf } from "../../homeservers/limits.ts";
import { duration, list } from "../../views/words.ts";
import { SLOW_MS } from "../../views/version-answer.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeys } from "../../views/keys-answer.ts";

/** Synapse's timeout for fetching keys (homeservers.md, "timeouts"). */
/** Who gives up first. */
const [FIRST = { limit: 0, names: [] }] = limitsOf(({ keys }) => keys.timeoutMs);

export const keysSlow: Rule = {
  code: "keys/slow",
  severity: ["error", "warning"],
  mechanisms: ["keys:slow"],
  concerns: "everybody",
  title: "The signing keys are answered slowly",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["bad-answer"],
  explain: `
Synapse waits 10 seconds for another homeserver's keys, Dendrite 15. More than 5 seconds is a warning here, more than 10 seconds an error.

**How it shows.** The answer is right, but late.

**Who is affected.** Synapse from 10 s on: it refuses what this homeserver sends until it has the keys.

**Look-alikes.** \`keys/timeout\`: no whole answer within this tool's timeout. If the version takes as long, \`federation/slow\` says so,
and this finding comes only when the keys take more than 10 s.

**Usual causes.** An overloaded homeserver, a database that waits, a proxy that first tries a backend that is down.

**Fix.** On the server: \`time curl http://127.0.0.1:8008/_matrix/key/v2/server\`. If that is quick, look at the proxy. If not, look at
the load and the database.

**Log lines.** Synapse elsewhere: \`Failed to find any key to satisfy\`, \`TimeoutError\`.

Specification: Server-Server API, "Publishing keys".
`,
  causes: ["federation/slow"],
  *judge(facts: Facts): Iterable<Found> {
    const slow = withKeys(facts).filter(({ ms }) => ms > SLOW_MS);
    const failing = slow.filter(({ ms }) => ms > TOO_SLOW_MS);
    // A version that is as slow is the same fault, which federation/slow reports.
    const late = slow.filter(
      ({ endpoint, ms }) => ms <= TOO_SLOW_MS && !(endpoint.version.status === "done" && endpoint.version.ms > SLOW_MS),
    );
    for (const [severity, group] of [
      ["error", failing],
      ["warning", late],
    ] as const) {
      if (group.length === 0) continue;
      const longest = duration(Math.max(...group.map(({ ms }) => ms)));
      yield {
        severity,
        detail: `The signing keys are answered after ${longest}. ${list(FIRST.names)} ${FIRST.names.length === 1 ? "gives" : "give"} up after ${FIRST.limit / 1000} s${severity === "error" ? ", and then refuses what this homeserver sends" : ""}.`,
        fix: [
          "On the server, compare with the homeserver itself (replace 8008 with its port). If it is slow there too, look at its load and its database. If not, look at the proxy:\ntime curl http://127.0.0.1:8008/_matrix/key/v2/server",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
