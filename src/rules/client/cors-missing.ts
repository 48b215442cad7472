/** client/cors-missing: web clients may not read an answer, because it doesn't say that everybody may. */
import { corsOnce, pasteable, serveFile } from "../../advice/client.ts";
import { routeFederation } from "../../advice/federation.ts";
import type { ClientFacts, Facts, Hop, HttpFacts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { corsOf } from "../../views/cors.ts";
import {
  apiAnswers,
  apiWorks,
  clientProxyAt,
  isHomeserversAnswer,
  seenFiles,
  whereOfFile,
  type ApiAnswer,
  pathIn,
} from "../../views/client.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, list, quote, sentence } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const corsMissing: Rule = {
  code: "client/cors-missing",
  severity: "error",
  title: "Browsers don't let web clients read the answer (CORS)",
  spec: SPEC.clientCors,
  explain: `
A browser lets a page of another site read an answer only if the answer has the header \`Access-Control-Allow-Origin: *\`. The client
file, every redirect on the way to it, and every answer of the client API need this header. Errors and the answers to \`OPTIONS\`
(preflights) need it too.

**How it shows.** The URL looks right when it is opened in a browser or with curl. In a web client nothing works, and the console says
"blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present". When only errors lack it, a wrong password shows as "can't
reach the homeserver". When only \`OPTIONS\` lacks it, everything fails after the login.

**Who is affected.** Users of web clients (Element Web, Cinny, …). Apps that aren't browsers aren't affected. Federation isn't affected.

**Usual causes**
- *the file:* a static file that is served without the header.
- *errors:* nginx adds headers only to successful answers, unless the line ends in \`always\`; and the configuration hides the
  homeserver's own header.
- *OPTIONS:* the proxy answers by itself, refuses the method, or doesn't list \`Authorization\` in \`Access-Control-Allow-Headers\`.
  Clients send their access token in that header.

**Look-alikes.** The header is there twice, or has a list of values: \`client/cors-doubled\`. \`/_matrix/client/versions\` itself has no
such header: \`client/versions\`.

**Fix.** Homeservers send the header with each answer of the client API; the proxy must only pass it on. For the file, the web server that
serves the file must add it.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    yield* ofFile(facts, client);
    yield* ofApi(facts, client);
  },
};

function* ofFile(facts: Facts, client: ClientFacts): Iterable<Found> {
  const { url, host } = client.file;
  const all = seenFiles(client.file.attempts);
  const lacking = all.flatMap((seen) => {
    const { result, attempt } = seen;
    if (result.kind !== "read" || result.reading.kind !== "object") return [];
    const hop = attempt.hops.find((each) => lacks(each, client.origin));
    return hop === undefined ? [] : [{ ...seen, bad: hop, text: result.reading.text }];
  });
  for (const group of groupBy(lacking, ({ bad }) => `${bad.url} ${valueOf(bad)}`)) {
    const [first] = group;
    const isRedirect = first.bad.location !== null;
    const which = first.bad.url === url ? "" : ` (${quote(first.bad.url)})`;
    const site = { host: first.bad.host, port: 443 };
    const proxy = clientProxyAt(facts, client, first.place);
    const present = pasteable(first.text);
    const isOwn = first.bad.host === host && CLIENT_PATH === pathIn(first.bad.url);
    yield {
      severity: "error",
      detail: `${isRedirect ? `The redirect at ${url}` : url}${which} ${seenAs(valueOf(first.bad))}: browsers don't let web clients read the answer.`,
      fix: [
        proxy === "nginx" && isOwn && present !== null && !isRedirect
          ? serveFile("nginx", site, CLIENT_PATH, present)
          : isOwn
            ? corsOnce(proxy, site, CLIENT_PATH)
            : `Let ${quote(first.bad.url)} send this header as well:\nAccess-Control-Allow-Origin: *`,
      ],
      where: whereOfFile(url, all, group),
    };
  }
}

function* ofApi(facts: Facts, client: ClientFacts): Iterable<Found> {
  const { api } = client;
  if (api === null || !apiWorks(client)) return;
  const answers = apiAnswers(client);
  // Where it lacks everywhere, another rule says so.
  const isWhole = answers.some(({ what, response }) => what === "versions" && isLacking(corsOf(response, client.origin)));
  const lacking = answers.filter(
    ({ what, response }) =>
      what !== "versions" &&
      (what === "preflight" || isHomeserversAnswer(response)) &&
      (isLacking(corsOf(response, client.origin)) ||
        (what === "preflight" && (isRefused(response.status) || !letsTokensIn(response, answers)))),
  );
  const [first] = lacking;
  if (isWhole || first === undefined) return;
  const proxy = clientProxyAt(facts, client, first.place);
  const site = { host: api.host, port: api.port };
  // Whoever answers these instead of the homeserver sends the header already.
  const isTakenAway = proxy !== "nginx" && lacking.every(({ response }) => !isLacking(corsOf(response, client.origin)));
  yield {
    severity: "error",
    detail: sentence(
      `${list(lacking.map((each) => inWords(each, client.origin)))}, while GET /_matrix/client/versions has Access-Control-Allow-Origin: browsers don't let web clients use the client API`,
    ),
    fix: [
      isTakenAway
        ? `Let the homeserver itself answer OPTIONS: remove what answers or refuses it on the way. ${routeFederation(proxy, site)}`
        : corsOnce(proxy, site, "/_matrix/client/"),
    ],
    where: [...new Set(lacking.map(({ url }) => url))],
  };
}

function lacks(hop: Hop, origin: string): boolean {
  const response = done(hop.response);
  return response !== null && isLacking(corsOf(response, origin));
}

function isLacking(cors: ReturnType<typeof corsOf>): boolean {
  return cors === "missing" || cors === "other";
}

/** A preflight must have a status that means success (Fetch Standard, "CORS-preflight fetch"). */
function isRefused(status: number): boolean {
  return status < 200 || status > 299;
}

/**
 * Clients send their access token in `Authorization`. Browsers let a star stand for it, though the Fetch Standard doesn't. Homeservers list
 * it in every answer: where no answer has a list at all, nothing is said.
 */
function letsTokensIn(preflight: HttpFacts, answers: readonly ApiAnswer[]): boolean {
  const listIn = ({ headers }: HttpFacts): string | undefined => headers["access-control-allow-headers"];
  if (answers.every(({ response }) => listIn(response) === undefined)) return true;
  const names = (listIn(preflight) ?? "").split(",").map((name) => name.trim().toLowerCase());
  return names.includes("authorization") || names.includes("*");
}

function valueOf(hop: Hop): string {
  return done(hop.response)?.headers["access-control-allow-origin"] ?? "";
}

function seenAs(value: string): string {
  return value === ""
    ? "has no Access-Control-Allow-Origin"
    : `has Access-Control-Allow-Origin: ${quote(value)}, which allows only that site`;
}

function inWords({ what, method, url, response }: ApiAnswer, origin: string): string {
  const path = pathIn(url);
  if (what === "preflight" && isRefused(response.status)) return `the preflight (OPTIONS ${path}) is refused with ${response.status}`;
  if (what === "preflight" && !isLacking(corsOf(response, origin)))
    return `the answer to the preflight (OPTIONS ${path}) doesn't list Authorization in Access-Control-Allow-Headers`;
  const status = response.status >= 400 ? ` (an error, status ${response.status})` : "";
  return `${method} ${path}${status} ${seenAs(response.headers["access-control-allow-origin"] ?? "")}`;
}
