/** client/server-swapped: the file for homeservers stands where clients look, or the other way round. */
import { baseUrlOrExample, clientFile, serveFile } from "../../advice/client.ts";
import { publishAdvice } from "../../advice/well-known.ts";
import { place } from "../../facts/address.ts";
import type { Facts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { foundPlace } from "../../views/remaining-route.ts";
import { clientProxyAt, knownBaseUrl, seenFiles, whereOfFile } from "../../views/client.ts";
import { done } from "../../views/outcome.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const serverSwapped: Rule = {
  code: "client/server-swapped",
  severity: "error",
  title: "The files for clients and for homeservers are swapped",
  spec: SPEC.clientFile,
  explain: `
There are two files: \`/.well-known/matrix/server\` with \`m.server\` for homeservers, and \`/.well-known/matrix/client\` with
\`m.homeserver\` for clients. Here one of them is served at the path of the other. Often one rule of the web server answers for both
paths.

**How it shows.** Element: "Invalid homeserver discovery response". Homeservers treat a client file as if there were no file, and use SRV
records or port 8448.

**Who is affected.** If the client file is wrong: users of clients, when they log in. If the server file is wrong: federation
(\`well-known/no-m-server\`).

**Look-alikes.** The client file has neither key: \`client/no-base-url\`.

**Fix.** Serve each file at its own path. One file with all the keys may also be served at both paths.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.file;
    const all = seenFiles(client.file.attempts);
    const swapped = all.flatMap((seen) => {
      const reading = seen.result.kind === "read" && seen.result.reading.kind === "object" ? seen.result.reading : null;
      return reading !== null && reading.server !== null && (reading.baseUrl ?? "") === "" ? [{ ...seen, server: reading.server }] : [];
    });
    const [first] = swapped;
    if (first !== undefined) {
      const { baseUrl, note } = baseUrlOrExample(knownBaseUrl(client), host);
      yield {
        severity: "error",
        detail: `${url} has m.server (${quote(first.server)}) and no m.homeserver: this is the file for homeservers, which belongs to /.well-known/matrix/server.`,
        fix: [
          `Serve the file for clients at this URL${note}. ${serveFile(clientProxyAt(facts, client, first.place), { host, port: 443 }, CLIENT_PATH, clientFile(baseUrl, null))}`,
        ],
        where: whereOfFile(url, all, swapped),
      };
    }
    const wellKnown = done(facts.wellKnown);
    const other = wellKnown?.attempts.filter(({ reading }) => reading?.kind === "no-m-server" && reading.near === "m.homeserver") ?? [];
    const [attempt] = other;
    if (wellKnown == null || attempt === undefined) return;
    yield {
      severity: "error",
      detail: `${wellKnown.url} has m.homeserver and no m.server: this is the file for clients, which belongs to ${CLIENT_PATH}.`,
      fix: [publishAdvice(facts.serverName, foundPlace(facts), clientProxyAt(facts, client, place(attempt.address, attempt.port)))],
      where: [wellKnown.url],
    };
  },
};
