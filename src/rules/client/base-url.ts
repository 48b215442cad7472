/** client/base-url: the URL in the client file can't be used by clients. */
import { baseUrlOrExample, clientFile, publicBaseUrl, serveFile } from "../../advice/client.ts";
import type { ClientFacts, Facts } from "../../facts/facts.ts";
import { CLIENT_PATH, readBaseUrl } from "../../matrix/client-file.ts";
import { apiWorks, clientProxyAt, knownBaseUrl, seenFiles, whereOfFile } from "../../views/client.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const baseUrl: Rule = {
  code: "client/base-url",
  severity: "error",
  title: "The base URL in the client file can't be used",
  spec: SPEC.clientFile,
  explain: `
\`m.homeserver.base_url\` must be an \`https:\` URL to which clients append \`/_matrix/client/…\`. Here it isn't such a URL, or the client
API answers at the host but not below the path of the URL.

**How it shows.** Element: "Homeserver URL does not appear to be a valid Matrix homeserver", or nothing but a failed request in the
browser's console ("Mixed Content").

**Who is affected.** Users of clients, when they log in. Federation isn't affected.

**Usual causes**
- *without https:* browsers refuse to ask \`http:\` from a page with https.
- *no scheme:* \`matrix.example.com\` is a host, not a URL.
- *a path:* \`https://matrix.example.com/_matrix\` leads to \`/_matrix/_matrix/client/…\`.
- *a query, a fragment, a user name:* clients append to them, or drop them.

**Look-alikes.** The URL is right, but its host can't be reached: \`client/unreachable\`. The host answers, but has no client API:
\`client/versions\`.

**Fix.** Serve the corrected file. If Synapse itself serves the file, correct \`public_baseurl\` in homeserver.yaml.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.file;
    const all = seenFiles(client.file.attempts);
    const bad = all.flatMap((seen) => {
      const reading = seen.result.kind === "read" && seen.result.reading.kind === "object" ? seen.result.reading : null;
      const value = reading?.baseUrl ?? "";
      const what = value === "" ? null : problem(client, value);
      return reading === null || what === null ? [] : [{ ...seen, reading, value, what }];
    });
    for (const group of groupBy(bad, ({ value }) => value)) {
      const [first] = group;
      const found = knownBaseUrl(client);
      const reading = readBaseUrl(first.value);
      const meant = found ?? (reading.ok ? null : reading.meant);
      const right = baseUrlOrExample(meant, host);
      const isSynapse = first.result.kind === "read" && /^Synapse\//.test(first.result.response.headers["server"] ?? "");
      const json = clientFile(right.baseUrl, first.reading.text);
      const check = found === null && meant !== null ? ", if the homeserver is really there (nothing answered)" : right.note;
      yield {
        severity: "error",
        detail: `The base URL in ${url} is ${quote(first.value)}: ${first.what}.`,
        fix: [
          ...(isSynapse && right.note === "" ? [publicBaseUrl(right.baseUrl)] : []),
          `Serve the corrected file${check}. ${serveFile(clientProxyAt(facts, client, first.place), { host, port: 443 }, CLIENT_PATH, json)}`,
        ],
        where: whereOfFile(url, all, group),
      };
    }
  },
};

/** Null when clients can use it. */
function problem(client: ClientFacts, value: string): string | null {
  const reading = readBaseUrl(value);
  if (!reading.ok) {
    switch (reading.fault) {
      case "no-url":
        return 'this isn\'t a URL; a URL begins with "https://"';
      case "not-https":
        return "browsers refuse http: from a page with https:";
      case "api-path":
        return "clients append /_matrix/client/… themselves, so the URL must end before /_matrix";
      case "surplus":
        return "it must be a URL without white space, user name, query or fragment";
    }
  }
  const root = `https://${reading.hostHeader}`;
  const isElsewhere = client.guesses.some((guess) => guess.baseUrl === root && guess.isHomeserver);
  return reading.path !== "" && !apiWorks(client) && isElsewhere
    ? `no client API answers below ${quote(reading.path)}; it answers at ${root}`
    : null;
}
