/** client/not-found: there is no client file, so users must type the homeserver's URL. */
import { baseUrlOrExample, clientFile, serveFile } from "../../advice/client.ts";
import type { Facts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { clientProxyAt, hasNoHost, knownBaseUrl, seenFiles, whereOfFile } from "../../views/client.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const notFound: Rule = {
  code: "client/not-found",
  severity: "info",
  title: "There is no file that tells clients where the homeserver is",
  spec: SPEC.clientFile,
  explain: `
Clients such as Element take the server name from the user id and fetch \`https://<server name>/.well-known/matrix/client\`, which names
the URL of the homeserver. Without the file (404, or a server name without an address) clients can't find the homeserver from the user id:
users must type the URL of the homeserver when they log in.

**How it shows.** Logging in with \`@user:example.com\` or with the bare domain says that no homeserver was found there. Users who are
already logged in notice nothing.

**Who is affected.** Users of clients, when they log in. Federation isn't affected: homeservers read another file.

**Look-alikes.** Another status, or a web page instead of the file: \`client/invalid\`. Clients can't connect to the web server:
\`client/unreachable\`.

**What to do.** Publish the file on the server name's own host, with CORS, or tell users the URL.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.file;
    const all = seenFiles(client.file.attempts);
    const missing = all.filter(({ result }) => result.kind === "missing");
    const noHost = hasNoHost(client);
    if (missing.length === 0 && !noHost) return;
    const statuses = missing.flatMap(({ result }) => (result.kind === "missing" ? [String(result.response.status)] : []));
    const seen = noHost ? `${host} has no address` : `${url} doesn't exist (${list([...new Set(statuses)])})`;
    const { baseUrl, note } = baseUrlOrExample(knownBaseUrl(client), host);
    const [first] = missing;
    yield {
      severity: "info",
      detail: `${seen}. Users must type the homeserver's URL when they log in.`,
      fix: noHost
        ? []
        : [
            `Publish the file, so that clients find the homeserver${note}. ${serveFile(first === undefined ? null : clientProxyAt(facts, client, first.place), { host, port: 443 }, CLIENT_PATH, clientFile(baseUrl, null))}`,
          ],
      where: noHost ? [host] : whereOfFile(url, all, missing),
    };
  },
};
