/** name/not-registered: DNS knows nothing of the name, because nobody has registered its domain, or there is no such top-level domain. */
import { nearest } from "../../facts/nearest.ts";
import type { Facts } from "../../facts/facts.ts";
import { isNowhereInDns } from "../../views/registration.ts";
import { specialUse } from "../../facts/special-use.ts";
import { isTopLevelDomain } from "../../views/top-level-domain.ts";
import { validName } from "../../views/valid-name.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

/** The top-level domains under which most homeservers are, the commonest first: what a typo is one of. */
const COMMON = [
  ...["com", "org", "net", "de", "io", "me", "dev", "eu", "xyz", "im", "chat", "space", "fr", "nl", "uk", "ch", "at", "it", "app", "cloud"],
  ...["info", "tech", "online", "social", "network", "pl", "cz", "ru", "se", "us", "ca", "au", "jp", "br", "moe", "cc", "tv", "gg", "pub"],
];
/** What may have been meant by a word that was read as a server name, and how it is written. */
const COMMANDS: Readonly<Record<string, string>> = {
  check: "check example.com",
  resolve: "resolve example.com",
  plan: "plan example.com --to matrix.example.com:443",
  explain: "explain",
  completion: "completion bash",
  help: "--help",
};

export const notRegistered: Rule = {
  code: "name/not-registered",
  severity: "error",
  concerns: "everybody",
  title: "The domain of the server name is not registered",
  spec: SPEC.serverName,
  breaks: "route",
  causes: ["well-known", "wrong-route", "name/not-public", "name/public-suffix", "name/uppercase"],
  explain: `
DNS says that the server name doesn't exist (NXDOMAIN), and its domain doesn't exist either: nobody has registered it, its registration
has expired, or there is no such top-level domain. No record can be added before the domain is registered.

**Usual causes.** A typing mistake (\`example.con\`, \`exmaple.org\`). A domain that wasn't renewed: registries take it out of DNS some
days or weeks before they delete it. A domain that was registered minutes ago. A mistyped command (\`chek\`) that is read as a server
name.

**Who is affected.** Everybody.

**Look-alikes.** \`address/none\`: the domain is registered, and only this host has no record. \`name/not-public\`: a name of a private
network that this machine's DNS knows. \`dns/*\`: this machine's resolver gives wrong answers; when the nameservers of the top-level
domain say that the domain exists, this finding isn't reported.

**Fix.** Correct the name. Or register the domain, or renew it at its registrar; after that, resolvers may need some hours to see it.

**Log lines.** Synapse: \`DNSLookupError\`, \`DNS lookup failed\`. Dendrite: \`no such host\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const name = validName(facts);
    if (name === null || name.kind !== "dns" || !isNowhereInDns(facts)) return;
    const host = name.dnsHost;
    const isHidden = facts.redacted?.publicName === true;
    if (!isHidden && specialUse(host) !== null) return;
    const last = host.slice(host.lastIndexOf(".") + 1);
    if (!isHidden && !isTopLevelDomain(last)) {
      // A private network may have one of its own, which its resolver knows.
      if (!facts.settings.allowPrivate || facts.registration?.rcode === "NXDOMAIN") yield noTopLevelDomain(host, last, facts.settings);
      return;
    }
    const { registration } = facts;
    if (registration === undefined || registration.registry === "delegated") return;
    const { domain, suffix, rcode, registry } = registration;
    if (rcode !== "NXDOMAIN" && registry !== "none") return;
    const by = registry === "none" ? `, as the nameservers of ${suffix} say` : "";
    yield {
      severity: "error",
      detail: `${domain} doesn't exist in DNS (NXDOMAIN)${by}. It is not registered, or its registration has expired. Until it is registered, no homeserver can find ${host}.`,
      fix: [
        `Check the spelling of ${domain}.`,
        `If ${domain} is yours, register or renew it at a registrar. After that, DNS knows the domain within minutes; resolvers that asked before need some hours.`,
      ],
      where: [host],
    };
  },
};

function noTopLevelDomain(host: string, last: string, { allowPrivate }: Facts["settings"]): Found {
  const isOneWord = last === host;
  const command = isOneWord ? nearest(host, Object.keys(COMMANDS)) : null;
  const near = isOneWord ? null : nearest(last, COMMON);
  const meant = near === null ? null : `${host.slice(0, -last.length)}${near}`;
  return {
    severity: "error",
    detail: isOneWord
      ? `${host} doesn't exist in DNS (NXDOMAIN). It has only one label, and isn't a top-level domain, so nobody can find a homeserver of that name.${command === null ? "" : ` Perhaps you mean the command ${command}.`}`
      : `${host} doesn't exist in DNS (NXDOMAIN), and ${last} isn't a top-level domain. Nobody can find this server.${meant === null ? "" : ` Probably ${meant} is the right name.`}`,
    fix: [
      command !== null
        ? `Write the command like this:\nnpx matrix-delegation-check ${COMMANDS[command]}`
        : meant !== null
          ? `Check the right name:\nnpx matrix-delegation-check ${meant}`
          : `Give the whole name, with a registered domain, such as ${isOneWord ? `${host}.org` : "example.org"}.`,
      `For a name that only your own network knows, ask its resolver with --dns-server${allowPrivate ? "." : ", and use --allow-private."}`,
    ],
    where: [host],
  };
}
