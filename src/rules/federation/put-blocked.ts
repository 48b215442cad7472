/** federation/put-blocked: a filter before the homeserver lets GET through and refuses PUT (only with --deep). */
import { proxyAt, proxyOf, type Proxy } from "../../views/proxy.ts";
import type { EndpointFacts, Facts } from "../../facts/facts.ts";
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

**How it shows.** The unsigned PUT (sent only with \`--deep\`) gets an HTML page, an empty 403 or 405, a redirect, or a closed
connection instead of the homeserver's JSON (a homeserver answers 401 M_UNAUTHORIZED).

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
      const blocks = done(endpoint.version)?.server == null ? null : refusal(endpoint.put);
      // Where nothing gets through, the version says so.
      return blocks === null ? [] : [{ endpoint, ...blocks }];
    });
    for (const group of groupBy(blocked, ({ endpoint, what, proxy }) => `${what} ${proxy ?? proxyAt(facts, endpoint.place) ?? ""}`)) {
      const [first] = group;
      const apache =
        'In Apache with ModSecurity, in the virtual host:\n<LocationMatch "^/_matrix/">\n    <IfModule security2_module>\n        SecRuleRemoveById 911100\n    </IfModule>\n</LocationMatch>\n\nThen reload Apache:\napachectl graceful';
      const plain =
        "Allow every method for paths that begin with /_matrix: exempt these paths from the web application firewall (OWASP Core Rule Set: rule 911100), or allow PUT and DELETE in it.";
      yield {
        severity: "warning",
        detail: `An unsigned PUT to /_matrix/federation/v1/send ${first.what}; GET reaches the homeserver. A filter refuses PUT, so no message arrives.`,
        fix: (first.proxy ?? proxyAt(facts, first.endpoint.place)) === "apache" ? [apache, plain] : [plain],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

const CUT: readonly string[] = ["closed", "reset"];

/** What the PUT got instead of a homeserver's answer; null where it got one, or where another reason is as likely. */
function refusal(put: EndpointFacts["put"]): { what: string; proxy: Proxy | null } | null {
  if (put?.status === "failed" && CUT.includes(put.error.code)) return { what: "gets no answer: the connection is closed", proxy: null };
  const response = put === undefined ? null : done(put);
  if (response === null || response.matrixError !== null) return null;
  const { status, excerpt, headers } = response;
  // 5xx: the homeserver may have been down at that moment; 501 means the method.
  const refuses = status < 400 ? !excerpt.trimStart().startsWith("{") : status < 500 || status === 501;
  if (!refuses) return null;
  const location = status >= 300 && status < 400 ? headers["location"] : undefined;
  const says = location === undefined ? (excerpt === "" ? "no text" : quote(excerpt, 60)) : `a redirect to ${quote(location)}`;
  return { what: `gets status ${status} and ${says}, not a homeserver's JSON`, proxy: proxyOf(response) };
}
