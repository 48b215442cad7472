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
Matrix demands keys in base64 without padding and with the standard alphabet (\`+\` and \`/\`). Here a key ends in \`=\`, or is in the
URL-safe alphabet (\`-\` and \`_\`).

**How it shows.** A key in \`verify_keys\` or \`old_verify_keys\` can be decoded, but is written in another form.

**Who is affected.** With padding: Dendrite and mautrix-go refuse the whole answer. With the URL-safe alphabet: mautrix-go refuses it. For
old keys only Dendrite checks the form. Synapse and continuwuity accept both forms.

**Look-alikes.** \`keys/malformed\`: the text isn't base64 at all, or has a wrong length. \`keys/bad-signature\`: the key is valid, the
signature isn't.

**Usual causes.** Your own homeserver, script or proxy makes the answer with a library's default base64. Synapse, Dendrite and the
conduwuit family write keys right.

**Fix.** Remove the \`=\` at the end and use the standard alphabet. Do that before the answer is signed: the signature covers the keys.

**Log lines.** mautrix-go: \`illegal base64 data at input byte\`. Dendrite: \`illegal base64 data at input byte\`, \`Failed to fetch key
for server\`.

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
        detail: `${said.filter((each) => each !== "").join(" ")} Matrix demands keys in unpadded base64 with the standard alphabet.`,
        fix: [
          'Find what makes the answer of /_matrix/key/v2/server: known homeservers write keys right, so it is probably a script or a proxy. Make it write keys in the standard alphabet ("+" and "/") without "=" at the end, and sign the answer afterwards.',
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
