/** name/not-public: the name ends in something that the public DNS doesn't have. */
import { parse } from "tldts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { validName } from "../../views/valid-name.ts";

/** Special-use names, with the document that sets each aside. */
const SPECIAL: Readonly<Record<string, string>> = {
  test: "RFC 6761",
  example: "RFC 6761",
  invalid: "RFC 6761",
  localhost: "RFC 6761",
  local: "RFC 6762",
  onion: "RFC 7686",
  "home.arpa": "RFC 8375",
  alt: "RFC 9476",
  internal: "ICANN's resolution of 29 July 2024",
};

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

**Look-alikes.** A typo in the top-level domain (\`example.con\`). A real top-level domain that is newer than this tool's list: then update the tool.

**How to fix it.** A federation that is meant to stay inside says so with \`--allow-private\`, and with \`--ca-file\` for its CA. A server that is meant for the
public needs a name under a registered domain. It can't be renamed: the name is part of every user ID, so a new server must be set up.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || name.kind !== "dns" || facts.settings.allowPrivate) return;
    const why = whyNotPublic(name.dnsHost);
    if (why === null) return;
    yield {
      severity: "warning",
      detail: `${name.host} ${why}. Homeservers outside this network can't find it.`,
      fix: [
        "If the federation is meant to stay inside a private network, run the check with --allow-private.",
        "For the public federation, set up the server under a name in a registered domain. A server that exists can't be renamed.",
      ],
      where: [name.host],
      affects: "all",
    };
  },
};

function whyNotPublic(host: string): string | null {
  const labels = host.split(".");
  for (const suffix of [labels.slice(-2).join("."), labels.at(-1) ?? ""]) {
    const by = Object.hasOwn(SPECIAL, suffix) ? SPECIAL[suffix] : undefined;
    if (by !== undefined)
      return host === suffix ? `is a name for special uses (${by})` : `ends in ${suffix}, which is set aside for special uses (${by})`;
  }
  if (isKnownTld(labels.at(-1) ?? "")) return null;
  return labels.length === 1
    ? "has only one label and is no top-level domain"
    : `ends in ${labels.at(-1) ?? ""}, which is no top-level domain`;
}

/** By the ICANN part of the Public Suffix List, which has every top-level domain; some only as `*.ck`, hence the labels before it. */
function isKnownTld(label: string): boolean {
  return parse(`a.b.${label}`, { extractHostname: false, validateHostname: false, allowPrivateDomains: false }).isIcann === true;
}
