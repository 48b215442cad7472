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
  title: "The signature of the signing keys isn't valid",
  spec: SPEC.signing,
  breaks: "endpoint",
  explain: `
The key response is signed with the keys that are in it: this proves that the homeserver has these keys. Here a signature isn't valid, or
there is none.

**How it shows.** The signature of a key of \`verify_keys\` isn't valid, or there is no signature of the server's own name.

**Who is affected.** All homeservers.

**Look-alikes.** \`keys/unsigned-key\`: one key signed the answer, another one didn't. \`keys/malformed\`: the key itself isn't valid.

**Usual causes.** Something in front of the homeserver changes the body: a filter that rewrites URLs or numbers, a cache that mixes two
answers. Or the answer is a static file: written by hand, or an old copy from before a key change.

**Fix.** Compare with the answer of the homeserver on its own machine. If that one is right, find what changes the body in front of it. If
not, restart the homeserver with its right key file.

**Log lines.** Synapse: \`Key response for … is not signed by the origin server\`, \`Signature verification failed\`. Dendrite: \`Failed
to fetch key for server\`.

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
          "Compare with the answer of the homeserver itself (replace 8008 with its port). If both are the same, restart the homeserver with its right key file. If not, make the proxy pass on bodies under /_matrix unchanged and without a cache:\ncurl http://127.0.0.1:8008/_matrix/key/v2/server",
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
  if (invalid.length > 0) return `The signature of ${list(invalid)} isn't valid for the answer of GET /_matrix/key/v2/server.`;
  return `The answer of GET /_matrix/key/v2/server has no signature of ${quote(reading.serverName)} by any of its keys.`;
}
