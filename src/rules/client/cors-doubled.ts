/** client/cors-doubled: an answer has Access-Control-Allow-Origin more than once, which browsers take for none. */
import { corsOnce, pasteable, serveFile } from "../../advice/client.ts";
import type { ClientFacts, Facts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { corsOf } from "../../views/cors.ts";
import { apiAnswers, clientProxyAt, seenFiles, whereOfFile, pathIn } from "../../views/client.ts";
import { done } from "../../views/outcome.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const corsDoubled: Rule = {
  code: "client/cors-doubled",
  severity: "error",
  title: "The CORS header is sent more than once",
  spec: SPEC.clientCors,
  explain: `
\`Access-Control-Allow-Origin\` may have one value. With two (in two fields, or in one with a comma) browsers refuse the answer, even when both are \`*\`.

**How it shows.** In the browser's console: "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is allowed". With curl, and in apps that aren't browsers, everything works.

**Who is affected.** Users of web clients. Federation isn't affected.

**How it comes about.** The homeserver sends the header with each answer of the client API, and the proxy in front adds one of its own: an \`add_header\` that was meant for the client file and stands in the whole server block, or one
that was copied from elsewhere. Synapse sends it with the client file that it serves itself, too.

**Look-alikes.** No header at all is \`client/cors-missing\`.

**How to fix it.** Let the proxy add none below \`/_matrix\`, or set one in place of all that are there.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    yield* ofFile(facts, client);
    const { api } = client;
    const doubled = apiAnswers(client).filter(({ response }) => corsOf(response, client.origin) === "doubled");
    const [first] = doubled;
    if (api === null || first === undefined) return;
    const paths = [...new Set(doubled.map(({ method, url }) => `${method} ${pathIn(url)}`))];
    yield {
      severity: "error",
      detail: `Access-Control-Allow-Origin is ${quote(first.response.headers["access-control-allow-origin"] ?? "")} in the ${paths.length > 1 ? "answers" : "answer"} to ${list(paths)}; browsers allow one value only. The homeserver sends the header, and the proxy adds another.`,
      fix: [corsOnce(clientProxyAt(facts, client, first.place), { host: api.host, port: api.port }, "/_matrix/client/")],
      where: [...new Set(doubled.map(({ url }) => url))],
    };
  },
};

function* ofFile(facts: Facts, client: ClientFacts): Iterable<Found> {
  const { url, host } = client.file;
  const all = seenFiles(client.file.attempts);
  const doubled = all.flatMap((seen) => {
    if (seen.result.kind !== "read" || seen.result.reading.kind !== "object") return [];
    const bad = seen.attempt.hops.find(({ response }) => {
      const answer = done(response);
      return answer !== null && corsOf(answer, client.origin) === "doubled";
    });
    return bad === undefined ? [] : [{ ...seen, bad, text: seen.result.reading.text }];
  });
  for (const group of groupBy(doubled, ({ bad }) => bad.url)) {
    const [first] = group;
    const proxy = clientProxyAt(facts, client, first.place);
    const present = pasteable(first.text);
    const isOwn = first.bad.url === url;
    const value = done(first.bad.response)?.headers["access-control-allow-origin"] ?? "";
    yield {
      severity: "error",
      detail: `${isOwn ? url : quote(first.bad.url)} has Access-Control-Allow-Origin: ${quote(value)}; browsers allow one value only, and don't let web clients read it.`,
      fix: [
        !isOwn
          ? `Let ${quote(first.bad.url)} send this header once:\nAccess-Control-Allow-Origin: *`
          : proxy === "nginx" && present !== null
            ? serveFile("nginx", { host, port: 443 }, CLIENT_PATH, present)
            : corsOnce(proxy, { host, port: 443 }, CLIENT_PATH),
      ],
      where: whereOfFile(url, all, group),
    };
  }
}
