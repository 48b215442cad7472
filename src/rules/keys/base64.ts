/** keys/base64: keys with padding or in the URL-safe alphabet. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import type { Homeserver } from "../../homeservers/model.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { type Found, type Rule } from "../rule.ts";
import { withKeys } from "../../views/keys-answer.ts";
import type { ReadKeys } from "../../views/keys-faults.ts";

type Problem = NonNullable<ReadKeys["oddBase64"]>[number]["problem"];

export const keysBase64: Rule = {
  code: "keys/base64",
  severity: "warning",
  mechanisms: ["keys:base64"],
  title: "A signing key isn't in unpadded base64",
  spec: "https://spec.matrix.org/latest/appendices/#unpadded-base64",
  explain: `
Matrix writes keys in base64 without padding and with the standard alphabet (\`+\` and \`/\`). Here a key ends in \`=\`, or is in the URL-safe alphabet (\`-\` and \`_\`).

**Shows as** a key in \`verify_keys\` or \`old_verify_keys\` that can be decoded, but is written in another form.

**Affected:** with padding, Dendrite and mautrix-go refuse the whole answer; with the URL-safe alphabet mautrix-go does. Of old keys only Dendrite reads the form. Synapse and continuwuity take both.

**Look-alikes.** \`keys/malformed\`: the text is no base64 at all, or of another length. \`keys/bad-signature\`: the key is fine, the signature isn't.

**Usual causes.** A homeserver, script or proxy of one's own that makes the answer with a library's default base64. Synapse, Dendrite and the conduwuit family write it right.

**Fix.** Strip the \`=\` at the end and use the standard alphabet, before the answer is signed: the keys are part of what is signed.

**Log lines.** mautrix-go: \`illegal base64 data at input byte\`. Dendrite: \`illegal base64 data at input byte\`, \`Failed to fetch key for server\`.

Specification: Appendices, "Unpadded Base64".
`,
  *judge(facts: Facts): Iterable<Found> {
    const odd = withKeys(facts).flatMap(({ endpoint, reading }) =>
      reading.oddBase64 === undefined || reading.oddBase64.length === 0
        ? []
        : [
            {
              endpoint,
              odd: reading.oddBase64,
              current: reading.verifyKeys.map(({ id }) => id).filter((id) => reading.oddBase64?.some((each) => each.id === id)),
            },
          ],
    );
    for (const group of groupBy(odd, (each) => JSON.stringify([each.odd, each.current]))) {
      const [first] = group;
      const ids = (problem: Problem): string[] => first.odd.filter((each) => each.problem === problem).map(({ id }) => quote(id));
      const has = (problem: Problem): boolean => first.odd.some((each) => each.problem === problem && first.current.includes(each.id));
      const [padded, urlSafe] = [ids("padding"), ids("url-safe")];
      const said = [
        padded.length > 0
          ? `${list(padded)} ${padded.length === 1 ? "is" : "are"} written with padding ("=").${refusal(({ keys }) => keys.padded.is === "refused", has("padding"))}`
          : "",
        urlSafe.length > 0
          ? `${list(urlSafe)} ${urlSafe.length === 1 ? "is" : "are"} in the URL-safe alphabet ("-" and "_").${refusal(({ keys }) => keys.urlSafe.is === "refused", has("url-safe"))}`
          : "",
      ];
      yield {
        severity: "warning",
        detail: `${said.filter((each) => each !== "").join(" ")} Matrix wants keys in unpadded base64 of the standard alphabet.`,
        fix: [
          'Let whatever makes the answer of /_matrix/key/v2/server write keys in the standard alphabet ("+" and "/") without "=" at the end, and sign the answer afterwards. Homeservers do so by themselves: look for a script or proxy that answers in their place.',
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Who refuses such keys; old ones matter only to those that decode them. */
function refusal(refuses: (homeserver: Homeserver) => boolean, isCurrent: boolean): string {
  const names = whose((homeserver) => refuses(homeserver) && (isCurrent || homeserver.keys.oldKeys.is === "decoded"));
  return names.length === 0 ? "" : ` ${list(names)} ${names.length === 1 ? "refuses" : "refuse"} such keys.`;
}
