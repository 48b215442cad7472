/** keys/case: the names differ in upper and lower case. */
import type { Facts } from "../../facts/facts.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const keysCase: Rule = {
  code: "keys/case",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The name in the signing keys differs in upper and lower case",
  spec: SPEC.serverName,
  breaks: "endpoint",
  explain: `
DNS ignores upper and lower case, Matrix doesn't: \`Example.com\` and \`example.com\` are two servers. The keys carry the name as it stands in the
homeserver's configuration, and homeservers compare it byte for byte.

**Shows as** a \`server_name\` that differs from the checked name in case only.

**Affected:** all homeservers, for the spelling that was checked. User ids with the spelling in the keys work.

**Look-alikes.** \`name/uppercase\`: the checked name has upper-case letters itself.

**Fix.** Use the spelling that is in the keys, in user ids, aliases and invitations. The configuration can't be changed once there are users or rooms; a new server's name should be all
lower case.

**Log lines.** Synapse: \`Expected a response for server\`.

Specification: Appendices, "Server name".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "case")) {
      const [first] = group;
      const { serverName } = first.reading;
      yield {
        severity: "error",
        detail: `The signing keys are those of ${quote(serverName)}, not of ${quote(facts.serverName)}. Matrix compares names with upper and lower case, so these are two servers.`,
        fix: [
          `If user ids end in :${serverName}, use and check that spelling:\nnpx matrix-delegation-check ${serverName}`,
          `If the homeserver has no users yet, write its name in lower case (Synapse: homeserver.yaml), and start with an empty database:\nserver_name: "${serverName.toLowerCase()}"`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
