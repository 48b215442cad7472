/** client/redirected: the client file is found by a redirect. */
import type { Facts } from "../../facts/facts.ts";
import { seenFiles, whereOfFile } from "../../views/client.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const redirected: Rule = {
  code: "client/redirected",
  severity: "info",
  title: "The client file is reached by a redirect",
  spec: SPEC.clientFile,
  explain: `
\`/.well-known/matrix/client\` answers with a redirect, and the file is at the end of it. Clients follow the redirect; it costs one more
request.

**How it shows.** Usually it doesn't show. Browsers need the CORS header on the redirect, too, not only on the file. If the redirect has
no such header, the finding is \`client/cors-missing\`.

**Who is affected.** Nobody, as long as each step has the header and a valid certificate.

**Look-alikes.** The redirect leads to no file, or to a web page: \`client/invalid\`.

**What to do.** Nothing has to be done. To save the request, serve the file on the server name's own host.
`,
  *judge(facts: Facts): Iterable<Found> {
    const { client } = facts;
    if (client === undefined) return;
    const all = seenFiles(client.file.attempts);
    const led = all.filter(({ attempt, result }) => attempt.hops.length > 1 && result.kind === "read" && result.reading.kind === "object");
    for (const group of groupBy(led, ({ attempt }) => attempt.hops.map(({ url }) => url).join(" "))) {
      const [first] = group;
      const [, ...steps] = first.attempt.hops.map(({ url }) => quote(url, 160));
      yield {
        severity: "info",
        detail: `${client.file.url} redirects to ${list(steps)}.`,
        fix: [],
        where: whereOfFile(client.file.url, all, group),
      };
    }
  },
};
