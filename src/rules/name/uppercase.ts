/** name/uppercase: the server name has an upper-case letter. */
import type { Facts } from "../../facts/facts.ts";
import { hasUppercase } from "../../matrix/server-name.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { validName } from "../../views/valid-name.ts";

export const uppercase: Rule = {
  code: "name/uppercase",
  severity: "warning",
  concerns: "everybody",
  title: "The server name has upper-case letters",
  spec: SPEC.serverName,
  explain: `
DNS doesn't tell \`Example.com\` from \`example.com\`, but Matrix does: server names are compared byte by byte. To other homeservers the
two are different servers with different users, rooms and keys.

**How it shows.** All connections work, but invitations to \`@alice:example.com\` don't arrive at a server that calls itself
\`Example.com\`: people and clients write names in lower case. Homeservers refuse requests that are signed with the other spelling.

**Who is affected.** All who write the name in another case.

**Look-alikes.** If the homeserver's own name is in lower case and only the spelling that was checked isn't, the finding is \`keys/case\`:
then the server has no fault, and you should check the lower-case name.

**Fix.** The server name is part of every user ID, room ID and event, and can't be changed later. For a new server, write a lower-case
\`server_name\` before the first start. For a server that already has the upper-case name, write the name in exactly that case everywhere.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || !hasUppercase(name.text)) return;
    const lower = name.text.toLowerCase();
    yield {
      severity: "warning",
      detail: `${name.text} is not the same server as ${lower}. In Matrix, upper and lower case differ: people who write the name in lower case don't reach this server.`,
      fix: [
        `If the server's name is really ${lower}, check that name:\nnpx matrix-delegation-check ${lower}`,
        `For a new server, set the name in the homeserver's configuration before its first start (Synapse: homeserver.yaml); it can't be changed later:\nserver_name: "${lower}"`,
      ],
      where: [name.text],
    };
  },
};
