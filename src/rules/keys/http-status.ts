/** keys/http-status: another status than 200, or no HTTP answer, for the keys alone. */
import { pastBotProtection, routeFederation, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isChallenge } from "../../views/challenge.ts";
import { isSuccess } from "../../views/http-status.ts";
import { badKeys, failedKeys } from "../../views/keys-answer.ts";

export const keysHttpStatus: Rule = {
  code: "keys/http-status",
  severity: "error",
  mechanisms: ["keys:status", "keys:no-answer"],
  title: "The request for the signing keys fails with an HTTP error",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host", "bad-answer"],
  explain: `
\`GET /_matrix/key/v2/server\` gets a status other than 2xx, or the connection ends without an answer. The version request has another
result.

**How it shows.** Status 401, 403, 429, 5xx or a redirect for this path only.

**Who is affected.** All homeservers: without the keys they refuse all that this one sends.

**Look-alikes.** \`keys/not-found\`: 404. If the version request fails in the same way, there is only one finding, \`federation/…\`.

**Usual causes.** A firewall or rate limit for this path; a worker for keys that is down; a proxy with a separate location for
\`/_matrix/key\`.

**Fix.** Forward all of \`/_matrix\` with one rule. Read the proxy's log for this path at the time of the check.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`Unable to get keys from\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const answered = badKeys(facts)
      .filter(({ keys, versionWorks }) => !isSuccess(keys.response.status) && !(versionWorks && keys.response.status === 404))
      .map(({ endpoint, keys: { response } }) => ({
        endpoint,
        isChallenge: isChallenge(response),
        seen: isChallenge(response)
          ? `status ${response.status} with a challenge for browsers, which homeservers can't solve`
          : `status ${response.status}${response.matrixError === null ? "" : ` with ${quote(response.matrixError.errcode)} (${quote(response.matrixError.error)})`}`,
      }));
    const unanswered = failedKeys(facts)
      .filter(({ keys }) => keys.error.code !== "timeout")
      .map(({ endpoint, keys }) => ({ endpoint, isChallenge: false, seen: `no usable answer: ${quote(keys.error.message, 160)}` }));
    for (const group of groupBy(
      [...answered, ...unanswered],
      ({ endpoint, seen }) => `${seen} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `GET /_matrix/key/v2/server gets ${first.seen}. Without the signing keys, other homeservers can't verify what this one sends.`,
        fix: first.isChallenge
          ? [pastBotProtection(proxyAt(facts, first.endpoint.place))]
          : [
              "Send the request to the homeserver itself, on the server (replace 8008 with its port). If that fails too, read the homeserver's log. If not, the proxy has a wrong rule for this path:\ncurl -i http://127.0.0.1:8008/_matrix/key/v2/server",
              routeFederation(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint)),
            ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
