/** keys/content-type: the keys aren't called application/json. */
import { jsonTypeAdvice } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { groupBy, list } from "../../views/words.ts";
import { contentType } from "../../views/content-type.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withKeysFault } from "../../views/keys-answer.ts";

const REFUSING = whose(({ http }) => http.contentType.is === "application/json");

export const keysContentType: Rule = {
  code: "keys/content-type",
  severity: "error",
  mechanisms: ["keys:content-type"],
  title: "The signing keys aren't sent as application/json",
  spec: SPEC.api,
  breaks: "endpoint",
  signOf: ["bad-answer"],
  explain: `
The keys are right, but their Content-Type isn't \`application/json\`. Synapse refuses them then, and with them everything that is signed.

**Shows as** \`text/plain\`, \`text/html\`, \`application/octet-stream\`, another letter case (\`Application/JSON\`), two values, or no Content-Type at a body that is JSON. Letter case shouldn't matter (RFC 9110), but Synapse compares it.

**Affected:** Synapse, Rocket.Chat.

**Look-alikes.** \`federation/content-type\` at the version alone is harmless for now. Parameters such as \`; charset=utf-8\` are allowed. \`well-known/content-type\` doesn't matter.

**Usual causes.** A static copy of the keys in a web server that doesn't know the type; a proxy or gateway that sets or removes it.

**Fix.** Forward \`/_matrix/key\` to the homeserver and leave its Content-Type alone.

**Log lines.** Synapse: \`Remote server sent Content-Type header of 'text/plain', not 'application/json'\`, \`Failed to find any key to satisfy\`.

Specification: Server-Server API, "API standards".
`,
  causes: ["federation/content-type"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(withKeysFault(facts, "content-type"), ({ keys }) => contentType(keys.response))) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `The signing keys come with ${contentType(first.keys.response)} instead of application/json. ${list(REFUSING)} refuse them.`,
        fix: [jsonTypeAdvice(proxyAt(facts, first.endpoint.place))],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
