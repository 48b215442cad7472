/** keys/server-name-mismatch: the keys are those of a foreign name. */
import type { Facts } from "../../facts/facts.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const serverNameMismatch: Rule = {
  code: "keys/server-name-mismatch",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The homeserver there is one of another name",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The homeserver publishes keys for a name that has nothing to do with the checked one. Homeservers compare it byte for byte and refuse the keys.

**Shows as** another \`server_name\` in the answer of \`GET /_matrix/key/v2/server\`.

**Affected:** all homeservers.

**Look-alikes.** \`keys/other-server-name\`: a name of the same domain, so that probably the wrong name was checked. \`keys/case\`: only upper and lower case differ.
An IP address that was checked instead of the name behind it shows this too.

**Usual causes.** The delegation leads to somebody else's homeserver (a hosting provider that doesn't know the name, an address that changed hands); \`server_name\` in the configuration has a
typo, or is a default such as \`localhost\` or \`my.domain.name\`.

**Fix.** Correct the delegation, or the configuration. \`server_name\` can't be changed later: with a wrong one, users, rooms and keys carry it for ever, and the homeserver must be
set up anew with an empty database.

**Log lines.** Synapse: \`Expected a response for server\`. conduwuit: \`Server responded with bogus server_name\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "server-name-mismatch")) {
      const [first] = group;
      const name = quote(first.reading.serverName);
      const target = first.endpoint.target;
      yield {
        severity: "error",
        detail: `The signing keys are those of ${name}, not of ${facts.serverName}. Homeservers refuse them, and with them everything that is sent.`,
        fix: [
          `If the homeserver for ${facts.serverName} runs elsewhere, correct the delegation: it leads to ${target.host}, port ${target.port}, now. If a provider runs it, the provider must set up ${facts.serverName} there.`,
          `If it is the right homeserver, its configuration has the wrong name (Synapse: server_name in homeserver.yaml). It can't be changed once there are users or rooms: set it up anew, with an empty database, as:\nserver_name: "${facts.serverName}"`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
