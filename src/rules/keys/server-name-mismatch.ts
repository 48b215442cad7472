/** keys/server-name-mismatch: the keys are those of a foreign name. */
import type { Facts } from "../../facts/facts.ts";
import { isSettledByName } from "../../views/route.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const serverNameMismatch: Rule = {
  code: "keys/server-name-mismatch",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The homeserver has another name",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The homeserver publishes keys for a name of another domain than the checked one. Homeservers compare the names byte for byte and refuse
the keys.

**How it shows.** Another \`server_name\` in the answer of \`GET /_matrix/key/v2/server\`.

**Who is affected.** All homeservers.

**Look-alikes.** \`keys/other-server-name\`: a name of the same domain, so probably you checked the wrong name. \`keys/case\`: only upper
and lower case differ. This finding also comes when you check an IP address instead of the server name.

**Usual causes.** The delegation leads to somebody else's homeserver (a hosting provider that doesn't know the name, an address that now
belongs to somebody else); \`server_name\` in the configuration has a typo, or is a default such as \`localhost\` or \`my.domain.name\`.

**Fix.** Correct the delegation, or the configuration. \`server_name\` can't be changed later, because users, rooms and keys contain it.
If it is wrong, set the homeserver up again with an empty database.

**Log lines.** Synapse: \`Expected a response for server\`. conduwuit: \`Server responded with bogus server_name\`. Dendrite: \`Failed to
fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "server-name-mismatch")) {
      const [first] = group;
      const name = quote(first.reading.serverName);
      const target = first.endpoint.target;
      yield {
        severity: "error",
        detail: `The signing keys are those of ${name}, not of ${facts.serverName}. Homeservers refuse these keys, and everything that is signed with them.`,
        fix: [
          `If the homeserver for ${facts.serverName} runs elsewhere, ${isSettledByName(facts) ? `make port ${target.port} of ${target.host} lead to it: the server name itself says that homeservers connect there` : `correct the delegation: now it leads to ${target.host}, port ${target.port}`}. If a provider runs the homeserver, the provider must set up ${facts.serverName} there.`,
          `If this is the right homeserver, its configuration has the wrong name (Synapse: server_name in homeserver.yaml). The name can't be changed once there are users or rooms: set the homeserver up again, with an empty database, and with this name:\nserver_name: "${facts.serverName}"`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
