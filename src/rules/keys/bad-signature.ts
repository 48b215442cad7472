/** keys/bad-signature: the response isn't signed with its own key. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeysFault } from "../../views/keys-answer.ts";
import { ed25519, type ReadKeys } from "../../views/keys-faults.ts";

export const badSignature: Rule = {
  code: "keys/bad-signature",
  severity: "error",
  mechanisms: ["keys:bad-signature"],
  title: "The signing keys are not signed with themselves",
  spec: SPEC.signing,
  breaks: "endpoint",
  explain: `
The key response is signed with the keys that are in it: so a homeserver proves that it has them. Here a signature doesn't fit, or there is none.

**Shows as** a signature that fails for a key of \`verify_keys\`, or no signature of the server's own name at all.

**Affected:** all homeservers.

**Look-alikes.** \`keys/unsigned-key\`: one key did sign, another one in the response didn't. \`keys/malformed\`: the key itself isn't right.

**Usual causes.** Something on the way changes the body: a filter that rewrites URLs or numbers, a cache that mixes two answers. Or the keys were put together by
hand, or the file is a static copy from before a key change.

**Fix.** Compare with what the homeserver gives on its own machine. If that is right, find what changes the body on the way; otherwise restart the homeserver with its right key file.

**Log lines.** Synapse: \`Key response for … is not signed by the origin server\`, \`Signature verification failed\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Appendices, "Signing JSON"; Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const faulty = withKeysFault(facts, "bad-signature").map(({ endpoint, reading }) => ({ endpoint, problem: signatureProblem(reading) }));
    for (const group of groupBy(faulty, ({ problem }) => problem)) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `${first.problem} Homeservers refuse the whole answer.`,
        fix: [
          "Compare with what the homeserver itself gives (replace 8008 with its port). If both are the same, restart it with its right key file; if not, let the proxy pass bodies under /_matrix on unchanged and uncached:\ncurl http://127.0.0.1:8008/_matrix/key/v2/server",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

function signatureProblem(reading: ReadKeys): string {
  // A key that is none can't have signed: that is keys/malformed.
  const keys = ed25519(reading).filter(({ problem }) => problem === null);
  const invalid = keys.filter(({ signature }) => signature === "invalid").map(({ id }) => quote(id));
  if (invalid.length > 0) return `The signature of ${list(invalid)} doesn't fit the answer of GET /_matrix/key/v2/server.`;
  return `The answer of GET /_matrix/key/v2/server has no signature of ${quote(reading.serverName)} by any of its keys.`;
}
