/** keys/other-server-name: the keys are those of a related name, which was probably meant. */
import type { Facts } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const otherServerName: Rule = {
  code: "keys/other-server-name",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The homeserver there has a related name, not this one",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The homeserver publishes keys for another name of the same domain. The server name is what stands after the colon of user ids
(\`@alice:example.com\`); the host on which the homeserver runs (\`matrix.example.com\`) is something else.

**Shows as** keys for \`example.com\` when \`matrix.example.com\` was checked.

**Affected:** all homeservers, as far as they use the checked name. If nobody does, there is no fault: the wrong name was checked.

**Look-alikes.** \`keys/server-name-mismatch\`: the names have nothing in common. \`keys/case\`: they differ in upper and lower case only.

**Fix.** Check the name from the user ids. If users do have the checked name, the requests reach the wrong one of several homeservers: the proxy must choose by host, or
\`server_name\` in the configuration is wrong. It can't be changed once the homeserver has users or rooms.

**Log lines.** Synapse: \`Expected a response for server\`. conduwuit: \`Server responded with bogus server_name\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "other-server-name")) {
      const [first] = group;
      if (first === undefined) continue;
      const { serverName } = first.reading;
      // The name goes into a command: only if it is one.
      const shown = parseServerName(serverName).ok ? serverName : quote(serverName);
      yield {
        severity: "error",
        detail: `The signing keys are those of ${quote(serverName)}, not of ${facts.serverName}. The server name is what stands after the colon of user ids, not the host on which the homeserver runs; probably ${quote(serverName)} is the name to check.`,
        fix: [
          `If user ids end in :${shown}, all is well here; check that name:\nnpx matrix-delegation-check ${shown}`,
          `If user ids are to end in :${facts.serverName}, the requests for it reach another homeserver: let the proxy forward them to the one whose configuration has server_name ${facts.serverName}.`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
