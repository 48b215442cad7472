/** client/versions: at the base URL no client API answers, or not to web clients. */
import { corsOnce } from "../../advice/client.ts";
import { routeFederation } from "../../advice/federation.ts";
import type { ClientEndpointFacts, ClientFacts, Facts, HttpFacts } from "../../facts/facts.ts";
import { place } from "../../facts/address.ts";
import { readBaseUrl } from "../../matrix/client-file.ts";
import { clientProxyAt, isEndpointToo, isHomeserversAnswer } from "../../views/client.ts";
import { corsOf } from "../../views/cors.ts";
import { done } from "../../views/outcome.ts";
import { answeredWith, badAnswer, type BadAnswer } from "../../views/version-answer.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const versions: Rule = {
  code: "client/versions",
  severity: "error",
  title: "The base URL doesn't lead to a client API",
  spec: SPEC.clientVersions,
  explain: `
Clients ask \`/_matrix/client/versions\` below the base URL to see whether a homeserver is there, before they use it. The answer isn't
JSON with \`versions\`, or web clients may not read it, or the rest of the client API is answered by something else.

**How it shows.** Element: "Homeserver URL does not appear to be a valid Matrix homeserver".

**Who is affected.** Users of clients. Federation isn't affected: it uses other paths, and often other ports.

**Usual causes**
- *a web page, 404*: the proxy forwards only \`/_matrix/federation\`, or nothing; or the base URL is the URL of a website.
- *502, 503*: the homeserver is down.
- *without CORS*: the proxy removes the header, or answers by itself.
- *only some paths*: the proxy forwards \`/_matrix/client/versions\` and not the others, such as the login.

**Look-alikes.** The URL in the file is wrong: \`client/base-url\`. Only errors or preflights lack the CORS header:
\`client/cors-missing\`.

**Fix.** Forward all of \`/_matrix\` to the homeserver, undecoded, and leave its headers as they are.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    const api = client?.api;
    if (client === undefined || api == null) return;
    const bad = api.endpoints.flatMap((endpoint) => {
      const trouble = problem(client, endpoint);
      return trouble === null ? [] : [{ endpoint, ...trouble }];
    });
    for (const group of groupBy(bad, ({ what }) => what)) {
      const [first] = group;
      if (isOfThePath(client)) continue;
      const at = place(first.endpoint.address, first.endpoint.port);
      const proxy = clientProxyAt(facts, client, at);
      const site = { host: api.host, port: api.port };
      yield {
        severity: "error",
        detail: first.what,
        fix: [first.kind === "cors" ? corsOnce(proxy, site, "/_matrix/client/") : routeFederation(proxy, site)],
        where: group.length === api.endpoints.length ? [first.url] : group.map(({ endpoint: { address, port } }) => place(address, port)),
        sameAs: group.every(({ endpoint }) => isFederationsToo(facts, api.host, endpoint))
          ? SHARED.map((kind) => `federation/${kind}` as const)
          : [],
      };
    }
  },
};

/** What is wrong before the homeserver is so whichever of its paths is asked. */
const SHARED = ["not-routed", "upstream-down", "forbidden", "redirected", "http-status", "not-json"] as const satisfies BadAnswer[];

/** Homeservers connect there under the same name, and get the same for the version. */
function isFederationsToo(facts: Facts, host: string, { address, port, versions: asked }: ClientEndpointFacts): boolean {
  const at = place(address, port);
  const response = done(asked)?.versions === null ? done(asked)?.response : undefined;
  if (response === undefined || !isEndpointToo(facts, host, at)) return false;
  const kind = badAnswer(response);
  return SHARED.some(
    (each) =>
      each === kind &&
      answeredWith(facts, each).some(
        ({ endpoint, response: { status } }) => endpoint.place === at && (kind !== "http-status" || status === response.status),
      ),
  );
}

/** Without the path of the base URL it works: that is the file's fault. */
function isOfThePath({ api, guesses }: ClientFacts): boolean {
  const reading = api === null ? null : readBaseUrl(api.baseUrl);
  return (
    reading?.ok === true &&
    reading.path !== "" &&
    guesses.some(({ baseUrl, isHomeserver }) => isHomeserver && baseUrl === `https://${reading.hostHeader}`)
  );
}

function problem(
  client: ClientFacts,
  { versions: asked, unauthenticated, login, metadata }: ClientEndpointFacts,
): { what: string; kind: "routing" | "cors"; url: string } | null {
  const answer = done(asked);
  const base = client.api?.baseUrl ?? "";
  const url = `${base}/_matrix/client/versions`;
  if (answer === null) return null;
  if (answer.versions === null)
    return {
      what: `${quote(url, 160)} ${seenAs(answer.response, ' with "versions"')}: no homeserver answers there.`,
      kind: "routing",
      url,
    };
  const cors = corsOf(answer.response, client.origin);
  if (cors === "missing" || cors === "other")
    return {
      what: `${quote(url, 160)} ${cors === "missing" ? "has no Access-Control-Allow-Origin" : `has Access-Control-Allow-Origin: ${quote(answer.response.headers["access-control-allow-origin"] ?? "")}`}: browsers don't let web clients read the answer.`,
      kind: "cors",
      url,
    };
  // Where somebody else logs users in, a homeserver need not have a login of its own.
  const hasOther = metadata !== undefined && done(metadata)?.issuer != null;
  const further: [path: string, response: HttpFacts | null][] = [
    ["/_matrix/client/v3/login", login === undefined || hasOther ? null : (done(login)?.response ?? null)],
    ["/_matrix/client/v3/account/whoami", unauthenticated === undefined ? null : done(unauthenticated)],
  ];
  for (const [path, response] of further)
    if (response !== null && !isHomeserversAnswer(response))
      return {
        what: `${quote(url, 160)} is a homeserver's answer, but ${path} ${seenAs(response, "")}: the proxy forwards only a part of the client API.`,
        kind: "routing",
        url: `${base}${path}`,
      };
  return null;
}

function seenAs({ status, matrixError, excerpt }: HttpFacts, wanted: string): string {
  if (matrixError !== null) return `answers ${status} with ${quote(matrixError.errcode)}`;
  if (excerpt.trim() === "") return `answers ${status} without a body`;
  return status === 200 ? `isn't JSON${wanted} (it starts with ${quote(excerpt.trim(), 40)})` : `answers with status ${status}`;
}
