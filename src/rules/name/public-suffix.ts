/** name/public-suffix: the name is one under which others register theirs. */
import { parse } from "../../facts/public-suffix-list.ts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { validName } from "../../views/valid-name.ts";

export const publicSuffix: Rule = {
  code: "name/public-suffix",
  severity: "warning",
  concerns: "everybody",
  title: "The server name is a public suffix",
  spec: SPEC.serverName,
  explain: `
The name is one under which people register their domains, such as \`com\`, \`co.uk\` or \`gov.br\` (the ICANN part of the Public Suffix
List). Very few people run a homeserver there; probably a part of the name is missing.

**How it shows.** The name has no web server, or somebody else's web server, and the other findings say so.

**Who is affected.** All who use the name. Certificate authorities issue no wildcard certificates for public suffixes.

**Look-alikes.** Suffixes of the list's private part, such as \`github.io\`, are ordinary host names and no finding.

**Fix.** Check the name for a missing first part: \`example.co.uk\` instead of \`co.uk\`. If you run a homeserver for the suffix itself,
ignore this finding: \`--ignore name/public-suffix\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || name.kind !== "dns") return;
    const parsed = parse(name.dnsHost, { extractHostname: false, validateHostname: false, allowPrivateDomains: false });
    if (parsed.isIcann !== true || parsed.publicSuffix !== name.dnsHost) return;
    yield {
      severity: "warning",
      detail: `${name.host} is a public suffix: people register their domains under it. Probably the first part of the server name is missing.`,
      fix: [
        `Check the whole name, such as example.${name.dnsHost}. If ${name.host} is really the server name, use --ignore name/public-suffix.`,
      ],
      where: [name.host],
    };
  },
};
