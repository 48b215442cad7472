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
The keys are right, but their Content-Type isn't \`application/json\`. Synapse refuses such keys, and then everything that is signed with
them.

**How it shows.** The body is JSON, and the Content-Type is \`text/plain\`, \`text/html\`, \`application/octet-stream\`, written in
another case (\`Application/JSON\`), given twice, or missing. Case shouldn't matter (RFC 9110), but Synapse compares it.

**Who is affected.** Synapse, Rocket.Chat.

**Look-alikes.** \`federation/content-type\`: only the version has the wrong type, which breaks nothing. \`well-known/content-type\`: the
same at the well-known file. Parameters such as \`; charset=utf-8\` are allowed.

**Usual causes.** A static copy of the keys in a web server that doesn't know the type; a proxy or gateway that sets or removes it.

**Fix.** Forward \`/_matrix/key\` to the homeserver, and don't change its Content-Type.

**Log lines.** Synapse: \`Remote server sent Content-Type header of 'text/plain', not 'application/json'\`, \`Failed to find any key to
satisfy\`.

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
