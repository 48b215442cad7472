/** federation/content-type: the right answer, but not called application/json. */
import { contentType, isJsonType } from "../../views/content-type.ts";
import { jsonTypeAdvice } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { versionKind } from "../../views/version-answer.ts";
import { groupBy, list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const REFUSING = whose(({ http }) => http.contentType.is === "application/json");

export const federationContentType: Rule = {
  code: "federation/content-type",
  severity: "warning",
  mechanisms: ["federation:content-type"],
  title: "The version isn't sent as application/json",
  spec: SPEC.api,
  explain: `
The answer is right, but its Content-Type isn't \`application/json\`. The specification demands it for every response of the federation
API.

**How it shows.** The body is JSON, and the Content-Type is \`text/plain\`, \`text/html\` or missing.

**Who is affected.** Synapse and Rocket.Chat refuse such responses; the others ignore the Content-Type.

**Look-alikes.** \`keys/content-type\`: the same fault at the signing keys, where it breaks federation at once.
\`well-known/content-type\`: the same at the well-known file, where it does no harm.

**Usual causes.** A proxy or script that sets the type (\`add_header Content-Type\`, \`default_type\`, \`header\`), a cache or an
antivirus gateway.

**Fix.** Remove the proxy's line that sets or hides the Content-Type: homeservers send the right one themselves.

**Log lines.** Synapse: \`Remote server sent Content-Type header of 'text/plain', not 'application/json'\`.

Specification: Server-Server API, "API standards".
`,
  *judge(facts: Facts): Iterable<Found> {
    const wrong = endpointsOf(facts).flatMap((endpoint) => {
      const version = done(endpoint.version);
      if (version === null || isJsonType(version.response) || versionKind(facts, endpoint) !== "good") return [];
      // Without a name it is a homeserver's answer where the keys say so (federation/bad-version).
      const isRight = version.server !== null || done(endpoint.keys)?.reading?.kind === "keys";
      return isRight ? [{ endpoint, response: version.response }] : [];
    });
    for (const group of groupBy(wrong, ({ response }) => contentType(response))) {
      const [first] = group;
      yield {
        severity: "warning",
        detail: `The version comes with ${contentType(first.response)} instead of application/json. ${list(REFUSING)} refuse responses of the federation API with another type.`,
        fix: [jsonTypeAdvice(proxyAt(facts, first.endpoint.place))],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
