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
DNS ignores upper and lower case, Matrix doesn't: \`Example.com\` and \`example.com\` are two servers. The key response has the name as it
is written in the homeserver's configuration, and other homeservers compare it byte for byte.

**How it shows.** The \`server_name\` differs from the checked name only in upper and lower case.

**Who is affected.** All homeservers, for the spelling that was checked. User ids with the spelling in the keys work.

**Look-alikes.** \`name/uppercase\`: the checked name has upper-case letters itself.

**Fix.** In user ids, aliases and invitations, use the spelling of the key response. \`server_name\` can't be changed once there are users
or rooms. For a new server, write the name in lower case.

**Log lines.** Synapse: \`Expected a response for server\`.

Specification: Appendices, "Server name".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "case")) {
      const [first] = group;
      const { serverName } = first.reading;
      yield {
        severity: "error",
        detail: `The signing keys are those of ${quote(serverName)}, not of ${quote(facts.serverName)}. In Matrix, upper and lower case differ, so these are two servers.`,
        fix: [
          `If user ids end in :${serverName}, use that spelling, and check it:\nnpx matrix-delegation-check ${serverName}`,
          `If the homeserver has no users yet, write its name in lower case (Synapse: homeserver.yaml), and start again with an empty database:\nserver_name: "${serverName.toLowerCase()}"`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
