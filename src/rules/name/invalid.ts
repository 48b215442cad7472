/** name/invalid: the text is no server name. */
import type { Facts } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { validName } from "../../views/valid-name.ts";

export const invalid: Rule = {
  code: "name/invalid",
  severity: "error",
  mechanisms: ["name:invalid"],
  title: "This is not a server name",
  spec: SPEC.serverName,
  explain: `
A server name is the part of a user ID after the colon: in \`@alice:example.com\` it is \`example.com\`. It is a DNS name (letters,
digits, hyphens and dots), an IPv4 address, or an IPv6 address in brackets, and may end in \`:port\`. It has no scheme (\`https:\`), no
path, no underscore and no characters outside ASCII.

**How it shows.** The check ends at once: no homeserver would look up such a name.

**Who is affected.** All homeservers: they reject user IDs and events with such a name.

**What was probably meant**
- \`https://example.com/\` and \`@alice:example.com\` mean \`example.com\`.
- \`exämple.com\` is written as its A-label, \`xn--exmple-cua.com\` (RFC 5890).
- \`2001:db8::1\` is written \`[2001:db8::1]\`.
- \`example.com.\` is written without the final dot: Matrix compares names byte by byte, and user IDs have none.
- \`my_server.example.com\`: host names have no underscores. A homeserver with such a name must be set up again under another name,
  because the server name is part of every user ID and can't be changed.

**Fix.** Check the name that is after the colon of a user ID. A homeserver with an invalid name must be set up again under a valid one.

**Look-alikes.** \`well-known/invalid-m-server\`: the value of \`m.server\` breaks the same grammar. \`name/odd-label\`: the grammar
allows the label, but Synapse refuses it.

**Log lines.** Synapse: \`Invalid server name\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    if (validName(facts) !== null) return;
    const parsed = parseServerName(facts.serverName);
    const problem = parsed.ok ? "It ends in a dot, which user IDs don't have." : parsed.problem;
    const meant = parsed.ok ? parsed.name.text.replace(/\.(?=(:\d+)?$)/, "") : parsed.meant;
    yield {
      severity: "error",
      detail: `${quote(facts.serverName)} isn't a server name. ${problem}`,
      fix: [
        meant === null
          ? "Give the part after the colon of a user ID of that server: for @alice:example.com it is example.com."
          : `Give only the server name, here probably ${meant}:\nnpx matrix-delegation-check ${meant}`,
      ],
      where: [facts.serverName.slice(0, 255)],
    };
  },
};
