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
A server name may have a port. It is then part of the name: users are called \`@alice:example.com:8448\`, and \`example.com:8448\` and \`example.com\` are
two different servers.

**What homeservers do.** They connect to that host and port at once (steps 1 and 2 of "Resolving server names"). No well-known is fetched and no SRV record is
looked up, so neither can move the server elsewhere later.

**Who is affected.** Nobody. Every homeserver connects to the port that the name gives.

**Look-alikes.** If the users of this server are called \`@alice:example.com\`, its name has no port, and the check belongs to \`example.com\`. The port at which the
homeserver is found then stands in the well-known file or in an SRV record; \`keys/other-server-name\` shows it when the homeserver gives its name.

**What to do.** Nothing, if the name is meant. For a new server a name without a port is better: it keeps port, host and certificate changeable.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || name.port === null) return;
    const bare = formatHostPort(name.host, null);
    yield {
      severity: "info",
      detail: `The port ${name.port} is part of the server name, and of every user ID (@user:${name.text}). Homeservers connect there at once; well-known and SRV records are not used.`,
      fix: [`If the users are called @user:${bare}, check that name:\nnpx matrix-delegation-check ${bare}`],
      where: [name.text],
    };
  },
};
