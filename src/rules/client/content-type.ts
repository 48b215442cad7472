/** client/content-type: the client file isn't sent as application/json. */
import type { Facts } from "../../facts/facts.ts";
import { seenFiles, whereOfFile } from "../../views/client.ts";
import { contentType as typeOf, isJsonType } from "../../views/content-type.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const contentType: Rule = {
  code: "client/content-type",
  severity: "info",
  title: "The client file is not sent as application/json",
  spec: SPEC.clientFile,
  explain: `
The client file can be read, but its \`Content-Type\` isn't \`application/json\`. The specification says that it SHOULD be. Browsers and
all known clients read the body whatever the header says.

**Usual causes.** The file name has no extension, so web servers send \`application/octet-stream\` or \`text/plain\`.

**Who is affected.** No known client.

**Look-alikes.** Browsers do need another header: \`client/cors-missing\`. The same for the file that homeservers read:
\`well-known/content-type\`.

**What to do.** nginx: \`default_type application/json;\` in the location of the file. Apache: \`ForceType application/json\`. Caddy:
\`header Content-Type application/json\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const all = seenFiles(client.file.attempts);
    const other = all.flatMap((seen) =>
      seen.result.kind === "read" && seen.result.reading.kind === "object" && !isJsonType(seen.result.response)
        ? [{ ...seen, response: seen.result.response }]
        : [],
    );
    for (const group of groupBy(other, ({ response }) => typeOf(response))) {
      const [first] = group;
      yield {
        severity: "info",
        detail: `${client.file.url} is sent with ${typeOf(first.response)}. The specification recommends application/json. Clients read the file anyway.`,
        fix: [],
        where: whereOfFile(client.file.url, all, group),
      };
    }
  },
};
