/** name/not-public: the name ends in something that the public DNS doesn't have. */
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isNowhereInDns } from "../../views/registration.ts";
import { isTopLevelDomain, specialUse } from "../../views/top-level-domain.ts";
import { validName } from "../../views/valid-name.ts";

export const notPublic: Rule = {
  code: "name/not-public",
  severity: "warning",
  concerns: "everybody",
  title: "The server name does not exist in the public DNS",
  spec: SPEC.serverName,
  explain: `
The name ends in a label that isn't a top-level domain of the public DNS, or that is set aside for other uses: \`.test\`, \`.example\`, \`.invalid\`, \`.localhost\` (RFC 6761),
\`.local\` (RFC 6762), \`.onion\` (RFC 7686), \`home.arpa\` (RFC 8375), \`.alt\` (RFC 9476), \`.internal\`. A name of one label, such as \`matrix\`, is found by nobody else either.

**How it shows.** Within the network everything works, as far as its own DNS knows the name. Everybody else gets NXDOMAIN, and no public certificate authority
issues a certificate for the name.

**Who is affected.** Every homeserver outside the network. Inside it nobody, as long as all of them use the same DNS and trust the same CA.

**Look-alikes.** \`name/not-registered\`: a typo in the top-level domain (\`example.con\`), so that this machine's DNS doesn't know the name either. A real top-level domain that is newer than this tool's list: then update the tool.

**How to fix it.** A federation that is meant to stay inside says so with \`--allow-private\`, and with \`--ca-file\` for its CA. A server that is meant for the
public needs a name under a registered domain. It can't be renamed: the name is part of every user ID, so a new server must be set up.
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
        "If the federation is meant to stay inside a private network, run the check with --allow-private.",
        "For the public federation, set up the server under a name in a registered domain. A server that exists can't be renamed.",
      ],
      where: [name.host],
    };
  },
};

function whyNotPublic(host: string): string | null {
  const special = specialUse(host);
  if (special !== null) {
    const { suffix, by } = special;
    return host === suffix ? `is a name for special uses (${by})` : `ends in ${suffix}, which is set aside for special uses (${by})`;
  }
  const last = host.slice(host.lastIndexOf(".") + 1);
  if (isTopLevelDomain(last)) return null;
  return last === host ? "has only one label and is no top-level domain" : `ends in ${last}, which is no top-level domain`;
}
