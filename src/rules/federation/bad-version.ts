/** federation/bad-version: JSON, but it doesn't say which homeserver it is. */
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf, isNameless } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { versionKind } from "../../views/version-answer.ts";

export const badVersion: Rule = {
  code: "federation/bad-version",
  severity: "warning",
  mechanisms: ["federation:bad-version"],
  title: "The version doesn't say which homeserver it is",
  spec: SPEC.version,
  explain: `
\`GET /_matrix/federation/v1/version\` gets JSON, and the signing keys show that a homeserver is there, but the answer has no \`server\`
object with a \`name\` that is a string.

**How it shows.** The answer is \`{}\`, \`{"server": {}}\`, \`{"server": "…"}\` or another value, instead of \`{"server": {"name":
"Synapse", "version": "1.152.0"}}\`.

**Who is affected.** No homeserver: none needs the version to federate. Software that reads the version (testers, statistics,
continuwuity's admin command) shows an error or nothing.

**Look-alikes.** \`federation/not-json\`: the answer isn't JSON, or there are no signing keys, so it is no homeserver.
\`federation/listener-missing\`: the answer is a homeserver's error object.

**Usual causes.** A proxy that answers the path by itself, to hide the version; a homeserver that you wrote yourself.

**Fix.** Forward the path to the homeserver. To hide the version, leave out \`version\`, not \`name\`.

**Log lines.** Testers: \`no version\`, \`missing field\`. Homeservers log nothing.

Specification: Server-Server API, "GET /_matrix/federation/v1/version".
`,
  *judge(facts: Facts): Iterable<Found> {
    const nameless = endpointsOf(facts).flatMap((endpoint) => {
      const version = done(endpoint.version);
      if (version === null || versionKind(facts, endpoint) !== "good") return [];
      const lacksName = isNameless(version) || version.server?.name === "";
      return lacksName && done(endpoint.keys)?.reading?.kind === "keys" ? [{ endpoint, response: version.response }] : [];
    });
    for (const group of groupBy(nameless, ({ response }) => response.excerpt)) {
      const [first] = group;
      yield {
        severity: "warning",
        detail: `GET /_matrix/federation/v1/version gets ${quote(first.response.excerpt.trim(), 100)}, without a string at server.name. Homeservers don't need this name; testers and statistics do.`,
        fix: [
          'Forward /_matrix/federation/v1/version to the homeserver. If something in front of the homeserver must answer the path, it must send at least this:\n{"server": {"name": "Synapse"}}',
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
