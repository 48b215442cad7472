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
Homeservers sign with Ed25519. \`verify_keys\` must hold at least one key whose id starts with \`ed25519:\`; all other kinds are ignored.

**Shows as** an empty \`verify_keys\`, or one with other algorithms only.

**Affected:** all homeservers.

**Look-alikes.** \`keys/malformed\`: there is such a key, but it isn't 32 bytes of base64. A key that was moved to \`old_verify_keys\` counts for old events only.

**Usual causes.** All keys were declared old (\`old_signing_keys\`); a key id without its algorithm (\`a_Xy12\` instead of \`ed25519:a_Xy12\`).

**Fix.** Give the homeserver its signing key back. Synapse: the file in \`signing_key_path\`, one line such as \`ed25519 a_Xy12 <base64>\`.

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
        detail: `verify_keys ${ids.length === 0 ? "is empty" : `holds ${list(ids)} only`}; homeservers need a key whose id starts with "ed25519:".`,
        fix: [
          'Give the homeserver an Ed25519 signing key (Synapse: one line with "ed25519", an id and the key in base64, in the file that signing_key_path names; if the key is lost and that file is empty, delete it: Synapse makes a new key when it starts), and restart it.',
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
