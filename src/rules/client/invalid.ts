/** client/invalid: something is served in the client file's place that clients can't read. */
import { baseUrlOrExample, clientFile, serveFile } from "../../advice/client.ts";
import type { ClientReading, Facts } from "../../facts/facts.ts";
import { CLIENT_PATH } from "../../matrix/client-file.ts";
import { clientProxyAt, knownBaseUrl, seenFiles, whereOfFile, type SeenFile } from "../../views/client.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const invalid: Rule = {
  code: "client/invalid",
  severity: "error",
  title: "The client file can't be read by clients",
  spec: SPEC.clientFile,
  explain: `
\`/.well-known/matrix/client\` answers, but not with a JSON object: a web page, broken JSON, a status other than 200, or redirects without
an end. The specification tells clients to stop then (FAIL_PROMPT), unlike after a 404.

**How it shows.** Element: "Failed to get autodiscovery configuration from server", or "Invalid homeserver discovery response".

**Who is affected.** Users of clients, when they log in. Federation isn't affected.

**Usual causes**
- *HTML*: a single-page application, a CMS or a login page answers every path.
- *a syntax error*: a trailing comma, a byte order mark, something after the object.
- *401, 403, 5xx*: a rule for dotfiles, a filter, a backend that is down.
- *a redirect to http:*: browsers don't follow it from a page with https (mixed content).

**Look-alikes.** The file has no base URL: \`client/no-base-url\`. The status is 404: \`client/not-found\`.

**Fix.** Serve the file itself. Put its location before any rule that answers all paths.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.file;
    const all = seenFiles(client.file.attempts);
    const bad = all.flatMap((seen) => {
      const what = problem(seen);
      return what === null ? [] : [{ ...seen, what }];
    });
    for (const group of groupBy(bad, ({ what }) => what)) {
      const [first] = group;
      const { baseUrl, note } = baseUrlOrExample(knownBaseUrl(client), host);
      yield {
        severity: "error",
        detail: `${url} ${first.what}. So clients can't find the homeserver.`,
        fix: [
          `Serve the file itself there${note}. ${serveFile(clientProxyAt(facts, client, first.place), { host, port: 443 }, CLIENT_PATH, clientFile(baseUrl, null))}`,
        ],
        where: whereOfFile(url, all, group),
      };
    }
  },
};

/** Null when it is none of this rule's. */
function problem({ result, hop }: SeenFile<ClientReading>): string | null {
  switch (result.kind) {
    case "status":
      return `answers with status ${result.response.status}`;
    case "too-large":
      return "is larger than 64 KiB";
    case "redirect":
      return REDIRECTS[result.problem](quote(hop.location ?? hop.url));
    case "no-address":
      return `redirects to ${quote(hop.url)}, whose host has no address`;
    case "read":
      if (result.reading.kind === "no-object") return "is JSON, but not an object";
      return result.reading.kind === "not-json" ? `isn't JSON: ${result.reading.message}` : null;
    default:
      return null;
  }
}

const REDIRECTS: Record<"loop" | "too-many" | "scheme" | "insecure" | "no-location", (to: string) => string> = {
  loop: () => "redirects without end",
  "too-many": () => "redirects too often",
  scheme: (to) => `redirects to ${to}, which clients don't follow`,
  insecure: (to) => `redirects to ${to}, without TLS, which browsers don't follow`,
  "no-location": () => "sends a redirect without a Location",
};
