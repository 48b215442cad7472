/** client/no-base-url: the client file doesn't say where the homeserver is. */
import { baseUrlOrExample, clientFile, serveFile } from "../../advice/client.ts";
import type { Facts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { clientProxyAt, knownBaseUrl, seenFiles, whereOfFile } from "../../views/client.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const noBaseUrl: Rule = {
  code: "client/no-base-url",
  severity: "error",
  title: "The client file has no m.homeserver.base_url",
  spec: SPEC.clientFile,
  explain: `
\`/.well-known/matrix/client\` is a JSON object, but \`base_url\` inside \`m.homeserver\` is missing, empty or not a string. The keys must
be written exactly so: \`m.homeserver\` with a dot, and inside it \`base_url\` with an underscore.

**How it shows.** Element: "Invalid homeserver discovery response".

**Who is affected.** Users of clients, when they log in. Federation isn't affected.

**Look-alikes.** The file has \`m.server\` instead: it is the file for homeservers, \`client/server-swapped\`. The URL is wrong:
\`client/base-url\`.

**Fix.** Serve \`{"m.homeserver": {"base_url": "https://matrix.example.com"}}\`, with your homeserver's URL. Other keys may stay in the
file.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.file;
    const all = seenFiles(client.file.attempts);
    const without = all.flatMap((seen) => {
      const reading = seen.result.kind === "read" && seen.result.reading.kind === "object" ? seen.result.reading : null;
      const isEmpty = reading !== null && (reading.baseUrl ?? "") === "";
      return reading !== null && isEmpty && reading.server === null ? [{ ...seen, reading }] : [];
    });
    for (const group of groupBy(without, ({ reading }) => reading.keys.join(" "))) {
      const [first] = group;
      const { keys, text } = first.reading;
      const { baseUrl, note } = baseUrlOrExample(knownBaseUrl(client), host);
      const has = keys.length === 0 ? "is an empty object" : `has only ${list(keys.map((key) => quote(key, 60)))}`;
      yield {
        severity: "error",
        detail: `${url} ${keys.includes("m.homeserver") ? "has no base_url that is a URL inside m.homeserver" : has}: clients don't learn where the homeserver is.`,
        fix: [
          `Serve the corrected file${note}. ${serveFile(clientProxyAt(facts, client, first.place), { host, port: 443 }, CLIENT_PATH, clientFile(baseUrl, text))}`,
        ],
        where: whereOfFile(url, all, group),
      };
    }
  },
};
