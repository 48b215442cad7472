/** name/explicit-port: the server name has a port, and so neither well-known nor SRV is used. */
import type { Facts } from "../../facts/facts.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { validName } from "../../views/valid-name.ts";

export const explicitPort: Rule = {
  code: "name/explicit-port",
  severity: "info",
  concerns: "everybody",
  title: "The server name has a port",
  spec: SPEC.resolving,
  explain: `
A server name may have a port. It is then part of the name: users are called \`@alice:example.com:8448\`, and \`example.com:8448\` and
\`example.com\` are two different servers.

**What homeservers do.** They connect to that host and port at once (steps 1 and 2 of "Resolving server names"). They fetch no well-known
file and look up no SRV record, so you can't move the server with these later.

**Who is affected.** Nobody: every homeserver connects to the port in the name.

**Look-alikes.** If the users of this server are called \`@alice:example.com\`, its name has no port: check \`example.com\`. The port is
then in the well-known file or in an SRV record. If the homeserver's keys have the name without the port, the report has
\`keys/other-server-name\`.

**What to do.** Nothing, if this is the right name. For a new server, a name without a port is better: then you can change the port, host
and certificate later.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || name.port === null) return;
    const bare = formatHostPort(name.host, null);
    yield {
      severity: "info",
      detail: `The port ${name.port} is part of the server name, and of every user ID (@user:${name.text}). Homeservers connect to this port directly; they use neither a well-known file nor SRV records.`,
      fix: [`If the users are called @user:${bare}, check that name:\nnpx matrix-delegation-check ${bare}`],
      where: [name.text],
    };
  },
};
