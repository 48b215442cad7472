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
\`Access-Control-Allow-Origin\` may have one value. With two values (in two header fields, or in one field with a comma) browsers refuse
the answer, even when both are \`*\`.

**How it shows.** In the browser's console: "The 'Access-Control-Allow-Origin' header contains multiple values '*, *', but only one is
allowed". With curl, and in apps that aren't browsers, everything works.

**Who is affected.** Users of web clients. Federation isn't affected.

**Usual causes.** The homeserver sends the header with each answer of the client API, and the proxy in front of it adds the header once
more: for example an \`add_header\` for the client file that is in force in the whole server block. Synapse also sends the header with the
client file, if Synapse serves the file.

**Look-alikes.** There is no such header at all: \`client/cors-missing\`.

**Fix.** Remove the header from the proxy's configuration for \`/_matrix\`. Or let the proxy replace the homeserver's header instead of
adding one.
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
      detail: `Access-Control-Allow-Origin is ${quote(first.response.headers["access-control-allow-origin"] ?? "")} in the ${paths.length > 1 ? "answers" : "answer"} to ${list(paths)}; browsers allow only one value. The homeserver sends the header, and the proxy adds it once more.`,
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
      detail: `${isOwn ? url : quote(first.bad.url)} has Access-Control-Allow-Origin: ${quote(value)}; browsers allow only one value, and don't let web clients read the answer.`,
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
