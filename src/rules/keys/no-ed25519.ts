/** keys/no-ed25519: there is no key that homeservers can use. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeysFault } from "../../views/keys-answer.ts";

export const noEd25519: Rule = {
  code: "keys/no-ed25519",
  severity: "error",
  mechanisms: ["keys:no-ed25519"],
  title: "There is no Ed25519 signing key",
  spec: SPEC.keys,
  breaks: "endpoint",
  explain: `
Homeservers sign with Ed25519. \`verify_keys\` must have at least one key whose id starts with \`ed25519:\`; all other kinds are ignored.

**How it shows.** \`verify_keys\` is empty, or has only keys of other algorithms.

**Who is affected.** All homeservers.

**Look-alikes.** \`keys/malformed\`: there is such a key, but it isn't 32 bytes of base64. A key in \`old_verify_keys\` is valid only for
old events.

**Usual causes.** All keys were declared old (\`old_signing_keys\`); a key id without its algorithm (\`a_Xy12\` instead of
\`ed25519:a_Xy12\`).

**Fix.** Give the homeserver its signing key back. Synapse: write it to the file that \`signing_key_path\` names, as one line such as
\`ed25519 a_Xy12 <base64>\`.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`is not signed by the origin server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const without = withKeysFault(facts, "no-ed25519");
    for (const group of groupBy(without, ({ reading }) => reading.verifyKeys.map(({ id }) => id).join(" "))) {
      const [first] = group;
      const ids = first.reading.verifyKeys.map(({ id }) => quote(id));
      yield {
        severity: "error",
        detail: `verify_keys ${ids.length === 0 ? "is empty" : `has only ${list(ids)}`}; homeservers need a key whose id starts with "ed25519:".`,
        fix: [
          'Give the homeserver an Ed25519 signing key, and restart it. Synapse: the file that signing_key_path names needs one line with "ed25519", an id and the key in base64. If the key is lost and the file is empty, delete the file: Synapse makes a new key when it starts.',
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
