/** client/support-missing: nobody is told whom to turn to. */
import { serveFile } from "../../advice/client.ts";
import type { Facts } from "../../facts/facts.ts";
import { SUPPORT_PATH } from "../../matrix/client-file.ts";
import { clientProxyAt, seenFiles } from "../../views/client.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const supportMissing: Rule = {
  code: "client/support-missing",
  severity: "info",
  title: "There is no file that names the admin's contacts",
  spec: SPEC.support,
  explain: `
\`/.well-known/matrix/support\` tells users, and admins of other servers, whom they can contact: about abuse, security, or broken
federation. The file isn't there.

**How it shows.** It doesn't show until somebody looks for a contact.

**Who is affected.** People who look for a contact of this server. Logins and federation don't depend on the file.

**Look-alikes.** The file is there, but breaks the specification: \`client/support-invalid\`.

**What to do.** To name a contact, publish the file on the server name's own host, with a Matrix id, an e-mail address, or the URL of a
page.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const [missing] = seenFiles(client.support.attempts).filter(({ result }) => result.kind === "missing");
    if (missing === undefined) return;
    const { host, url } = client.support;
    const example = `@admin:${facts.serverName}`;
    const json = `{"contacts": [{"matrix_id": "${example}", "role": "m.role.admin"}]}`;
    yield {
      severity: "info",
      detail: `${url} doesn't exist.`,
      fix: [
        `To name a contact, publish the file, with your own user id in place of ${example}. ${serveFile(clientProxyAt(facts, client, missing.place), { host, port: 443 }, SUPPORT_PATH, json)}`,
      ],
      where: [url],
    };
  },
};
