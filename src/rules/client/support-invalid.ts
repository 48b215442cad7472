/** client/support-invalid: the support file can't be read. */
import { serveFile } from "../../advice/client.ts";
import type { Facts, SupportReading } from "../../facts/facts.ts";
import { SUPPORT_PATH } from "../../matrix/client-file.ts";
import { clientProxyAt, seenFiles, type SeenFile } from "../../views/client.ts";
import { corsOf } from "../../views/cors.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const supportInvalid: Rule = {
  code: "client/support-invalid",
  severity: "warning",
  title: "The file with the admin's contacts can't be used",
  spec: SPEC.support,
  explain: `
\`/.well-known/matrix/support\` answers, but not as the specification demands: a JSON object with \`contacts\` (each with a \`role\`, and
a \`matrix_id\` or an \`email_address\`) or a \`support_page\`, and readable for web clients (CORS).

**How it shows.** Clients show no contact.

**Who is affected.** People who look for a contact of this server. Logins and federation don't depend on the file.

**Look-alikes.** There is no file: \`client/support-missing\`.

**Fix.** Serve a file such as \`{"contacts": [{"matrix_id": "@admin:example.com", "role": "m.role.admin"}]}\`. Other roles are
\`m.role.security\` and roles of your own namespace.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const { url, host } = client.support;
    for (const seen of seenFiles(client.support.attempts)) {
      const what = problem(seen, client.origin);
      if (what === null) continue;
      const example = `@admin:${facts.serverName}`;
      const json = `{"contacts": [{"matrix_id": "${example}", "role": "m.role.admin"}]}`;
      yield {
        severity: "warning",
        detail: `${url} ${what}.`,
        fix: [
          `Serve a file like this one, with your own user id in place of ${example}. ${serveFile(clientProxyAt(facts, client, seen.place), { host, port: 443 }, SUPPORT_PATH, json)}`,
        ],
        where: [url],
      };
      return;
    }
  },
};

function problem({ result }: SeenFile<SupportReading>, origin: string): string | null {
  switch (result.kind) {
    case "status":
      return `answers with status ${result.response.status}`;
    case "too-large":
      return "is larger than 64 KiB";
    case "redirect":
      return "redirects, but not to a file";
    case "read":
      if (result.reading.kind === "not-json") return `isn't JSON: ${result.reading.message}`;
      if (result.reading.kind === "no-object") return "is JSON, but not an object";
      if (result.reading.problem !== null) return `breaks the specification: ${result.reading.problem}`;
      return corsOf(result.response, origin) === "good"
        ? null
        : "doesn't have Access-Control-Allow-Origin: * (once), so web clients can't read it";
    default:
      return null;
  }
}
