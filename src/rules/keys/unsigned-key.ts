/** keys/unsigned-key: an additional verify key that didn't sign. */
import type { Facts } from "../../facts/facts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeysFault } from "../../views/keys-answer.ts";
import { ed25519 } from "../../views/keys-faults.ts";

export const unsignedKey: Rule = {
  code: "keys/unsigned-key",
  severity: ["error", "warning"],
  mechanisms: ["keys:unsigned-key"],
  title: "A key in verify_keys didn't sign the answer",
  spec: SPEC.keys,
  breaks: "endpoint",
  explain: `
Every key in \`verify_keys\` must sign the answer. One of them signed it, another one didn't.

**How it shows.** There are two or more \`ed25519:\` keys, and fewer signatures.

**Who is affected.** Dendrite, mautrix-go and matrix-media-repo refuse the whole answer; Synapse needs only one signature.
It is a warning where they don't go: at a backup SRV target while the preferred one works.

**Look-alikes.** \`keys/bad-signature\`: a signature isn't valid, or there is none at all.

**Usual causes.** An old key is published in \`verify_keys\` instead of in \`old_verify_keys\`.

**Fix.** Move the old key. Synapse: to \`old_signing_keys\` in homeserver.yaml, with \`expired_ts\`. Dendrite: to \`old_private_keys\`.

**Log lines.** Dendrite: \`Failed to fetch key for server\`, \`missing signature\`.

Specification: Server-Server API, "Publishing keys": the response is signed by all of its keys.
`,
  *judge(facts: Facts): Iterable<Found> {
    const faulty = withKeysFault(facts, "unsigned-key").map(({ endpoint, reading }) => ({
      endpoint,
      unsigned: ed25519(reading)
        .filter(({ problem, signature }) => problem === null && signature === "missing")
        .map(({ id }) => id),
    }));
    for (const group of groupBy(faulty, ({ unsigned }) => unsigned.join(" "))) {
      const [first] = group;
      const ids = list(first.unsigned.map((id) => quote(id)));
      yield {
        severity: "error",
        detail: `${ids} in verify_keys didn't sign the answer. Another key signed it. Some homeservers need the signature of every key, and refuse the whole answer.`,
        fix: [
          `If ${ids} ${first.unsigned.length > 1 ? "are no longer used to sign, move them" : "is no longer used to sign, move it"} from verify_keys to the old keys (Synapse: remove it from the file in signing_key_path and put it under old_signing_keys in homeserver.yaml, with key and expired_ts; Dendrite: old_private_keys), and restart the homeserver.`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
