/** federation/put-blocked: a filter before the homeserver lets GET through and refuses PUT (only with --deep). */
import { proxyAt, proxyOf } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { endpointsOf } from "../../views/endpoints.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const putBlocked: Rule = {
  code: "federation/put-blocked",
  severity: "warning",
  concerns: "everybody",
  title: "A filter in front of the homeserver refuses PUT requests",
  spec: SPEC.transactions,
  explain: `
Homeservers deliver messages with \`PUT /_matrix/federation/v1/send/…\`. Here a filter, such as a web application firewall that allows
only GET and POST, refuses PUT. Everything looks right: the version and the keys can be read. But no message arrives.

**How it shows.** The unsigned PUT (sent only with \`--deep\`) gets an HTML page or an empty 403 or 405 instead of the homeserver's JSON
(a homeserver answers 401 M_UNAUTHORIZED).

**Who is affected.** All homeservers that send something to this server. Requests that this server itself makes still work.

**Usual causes.** ModSecurity with the OWASP Core Rule Set: rule 911100 ("Method is not allowed by policy") refuses PUT and DELETE. Some
hosting panels and CDNs have the same rule.

**Look-alikes.** \`federation/forbidden\`: GET is refused as well. A JSON error of the homeserver itself is no fault.

**Fix.** Exempt \`/_matrix\` from the filter. ModSecurity, in the virtual host: \`SecRuleRemoveById 911100\` inside \`<LocationMatch
"^/_matrix/">\`; or add PUT and DELETE to \`tx.allowed_methods\`.

**Log lines.** On the sending side, Synapse: \`Got response with code: 403\` for \`PUT /_matrix/federation/v1/send/…\`, then \`Not
retrying server\`. ModSecurity: \`Method is not allowed by policy\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const blocked = endpointsOf(facts).flatMap((endpoint) => {
      const response = endpoint.put === undefined ? null : done(endpoint.put);
      // Where nothing gets through, the version says so.
      if (response === null || done(endpoint.version)?.server == null || response.matrixError !== null) return [];
      return response.status >= 400 && response.status < 500 ? [{ endpoint, response }] : [];
    });
    for (const group of groupBy(
      blocked,
      ({ endpoint, response }) => `${response.status} ${proxyOf(response) ?? proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const apache =
        'In Apache with ModSecurity, in the virtual host:\n<LocationMatch "^/_matrix/">\n    <IfModule security2_module>\n        SecRuleRemoveById 911100\n    </IfModule>\n</LocationMatch>\n\nThen reload Apache:\napachectl graceful';
      const plain =
        "Allow every method for paths that begin with /_matrix: exempt these paths from the web application firewall (OWASP Core Rule Set: rule 911100), or allow PUT and DELETE in it.";
      yield {
        severity: "warning",
        detail: `PUT gets status ${first.response.status}, not from the homeserver; GET reaches the homeserver. An unsigned PUT to /_matrix/federation/v1/send got ${first.response.excerpt === "" ? "no text" : quote(first.response.excerpt, 60)}, not with a homeserver's JSON. A filter refuses PUT, so no message arrives.`,
        fix: (proxyOf(first.response) ?? proxyAt(facts, first.endpoint.place)) === "apache" ? [apache, plain] : [plain],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
