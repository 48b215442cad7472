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
DNS doesn't tell \`Example.com\` from \`example.com\`, but Matrix does: server names are compared byte by byte. To other homeservers the two are
different servers with different users, rooms and keys.

**How it shows.** Everything connects, and yet invitations to \`@alice:example.com\` don't arrive at a server that calls itself \`Example.com\`, because people
and clients write names in lower case. Requests signed by one spelling are refused by a server that knows the other.

**Who is affected.** Everybody who writes the name in another case.

**Look-alikes.** If the homeserver's own name is in lower case and only the spelling that was checked isn't, \`keys/case\` says so: then nothing is wrong with the
server, and the check should be run with the lower-case name.

**How to fix it.** The server name is part of every user ID, room ID and event, and can't be changed later. A new server gets a lower-case
\`server_name\` before it is started for the first time. A server that exists under the upper-case name must be written in exactly that case everywhere.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || !hasUppercase(name.text)) return;
    const lower = name.text.toLowerCase();
    yield {
      severity: "warning",
      detail: `${name.text} is not the same server as ${lower}. Matrix compares server names with upper and lower case: whoever writes the name in lower case doesn't reach this server.`,
      fix: [
        `If the server's name is really ${lower}, check that:\nnpx matrix-delegation-check ${lower}`,
        `For a new server, set the name in the homeserver's configuration before its first start (Synapse: homeserver.yaml); it can't be changed later:\nserver_name: "${lower}"`,
      ],
      where: [name.text],
    };
  },
};
