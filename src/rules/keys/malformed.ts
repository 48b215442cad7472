/** keys/malformed: a field of the key response isn't what it must be. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { badKeys, withKeys } from "../../views/keys-answer.ts";
import { ed25519 } from "../../views/keys-faults.ts";

export const keysMalformed: Rule = {
  code: "keys/malformed",
  severity: "error",
  mechanisms: ["keys:malformed"],
  title: "A field of the signing keys is malformed",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host", "bad-answer"],
  explain: `
The key response is JSON, but a field is missing or of the wrong type: \`server_name\` (string), \`valid_until_ts\` (integer,
milliseconds), \`verify_keys\` (object; each with \`key\`, 32 bytes as unpadded base64), \`old_verify_keys\` (each with \`key\` and
\`expired_ts\`), \`signatures\` (object).

**How it shows.** The finding names the field, and what is wrong with it.

**Who is affected.** All homeservers: they refuse the response as a whole.

**Look-alikes.** \`keys/not-json\`: the answer isn't JSON. \`keys/bad-signature\`: all fields are right, but the signature isn't valid.
\`keys/http-status\`: another Matrix service answers with an error.

**Usual causes.** A homeserver in development; a key file that was edited by hand (Synapse's \`signing.key\`, \`old_signing_keys\` in
homeserver.yaml); a proxy that answers by itself.

**Fix.** Correct the field in the homeserver's configuration or key file. Don't make a new key if the old one can be repaired.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`KeyLookupError\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const documents = badKeys(facts).flatMap(({ endpoint, keys }) =>
      keys.reading?.kind === "malformed" ? [{ endpoint, field: keys.reading.field, problem: keys.reading.problem }] : [],
    );
    const single = withKeys(facts).flatMap(({ endpoint, reading }) =>
      ed25519(reading).flatMap(({ id, problem }) =>
        problem === null ? [] : [{ endpoint, field: `verify_keys[${JSON.stringify(id)}].key`, problem }],
      ),
    );
    for (const group of groupBy([...documents, ...single], ({ field, problem }) => `${field} ${problem}`)) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `${quote(first.field, 120)} ${problemText(first.problem)}. The field is in the answer of GET /_matrix/key/v2/server; homeservers refuse the whole answer.`,
        fix: [
          first.field.includes("verify_keys")
            ? "Correct that key where the homeserver keeps it (Synapse: the file in signing_key_path, or old_signing_keys in homeserver.yaml), restart the homeserver, and look at its answer (replace 8008 with its port):\ncurl http://127.0.0.1:8008/_matrix/key/v2/server"
            : "Look at the answer of the homeserver itself (replace 8008 with its port). If the field is right there, the proxy forwards /_matrix/key to something else: correct that. If not, update the homeserver:\ncurl http://127.0.0.1:8008/_matrix/key/v2/server",
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Remote text may stand in it. */
function problemText(problem: string): string {
  return problem.length > 160 ? `${problem.slice(0, 160)}…` : problem;
}
