/** name/not-public: the name ends in something that the public DNS doesn't have. */
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isNowhereInDns } from "../../views/registration.ts";
import { specialUse } from "../../facts/special-use.ts";
import { isTopLevelDomain } from "../../views/top-level-domain.ts";
import { validName } from "../../views/valid-name.ts";

export const notPublic: Rule = {
  code: "name/not-public",
  severity: "warning",
  concerns: "everybody",
  title: "The server name does not exist in the public DNS",
  spec: SPEC.serverName,
  explain: `
The name ends in a label that isn't a top-level domain of the public DNS, or that is reserved for other uses: \`.test\`, \`.example\`,
\`.invalid\`, \`.localhost\` (RFC 6761), \`.local\` (RFC 6762), \`.onion\` (RFC 7686), \`home.arpa\` (RFC 8375), \`.alt\` (RFC 9476),
\`.internal\`. A name of one label, such as \`matrix\`, can't be found in the public DNS either.

**How it shows.** Inside a network whose own DNS knows the name, everything works. Everybody else gets NXDOMAIN, and no public certificate
authority issues a certificate for the name.

**Who is affected.** All homeservers outside the network. Inside the network nobody, if all homeservers use the same DNS and trust the
same CA.

**Look-alikes.** \`name/not-registered\`: a typing mistake in the top-level domain (\`example.con\`), so this machine's DNS doesn't know
the name either. If it is a real top-level domain that is newer than this tool's list, update this tool.

**Fix.** For a federation inside a private network, run the check with \`--allow-private\`, and with \`--ca-file\` for its CA. A server
for the public federation needs a name under a registered domain. The server can't be renamed, because the name is part of every user ID:
set up a new server.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    // Its stand-in is none.
    const isHidden = facts.redacted?.publicName === true;
    if (name === null || name.kind !== "dns" || facts.settings.allowPrivate || isHidden) return;
    const why = whyNotPublic(name.dnsHost);
    // What doesn't exist here either is name/not-registered's.
    if (why === null || (specialUse(name.dnsHost) === null && isNowhereInDns(facts))) return;
    yield {
      severity: "warning",
      detail: `${name.host} ${why}. Homeservers outside this network can't find it.`,
      fix: [
        "For a federation inside a private network, run the check with --allow-private.",
        "For the public federation, set up a new server under a name in a registered domain. An existing server can't be renamed.",
      ],
      where: [name.host],
    };
  },
};

function whyNotPublic(host: string): string | null {
  const special = specialUse(host);
  if (special !== null) {
    const { suffix, by } = special;
    return host === suffix ? `is a name for special uses (${by})` : `ends in ${suffix}, which is reserved for special uses (${by})`;
  }
  const last = host.slice(host.lastIndexOf(".") + 1);
  if (isTopLevelDomain(last)) return null;
  return last === host ? "has only one label, and isn't a top-level domain" : `ends in ${last}, which isn't a top-level domain`;
}
