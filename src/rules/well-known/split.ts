/** well-known/split: some address of the host gives a valid file, another one gives something else. */
import { sameFileAdvice } from "../../advice/one-address.ts";
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { toldOthers, turnedAway } from "../../views/user-agents.ts";
import { list, quote } from "../../views/words.ts";
import { MAX_REDIRECTS } from "../../views/well-known-result.ts";
import { whyNoAddressAt } from "../../views/redirect-host.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen, isCutOff, seenBy, type Seen, type ValidSeen } from "../../views/well-known-read.ts";
import { certificateProblem } from "../../advice/certificate-problems.ts";

export const split: Rule = {
  code: "well-known/split",
  severity: "error",
  mechanisms: [
    "well-known:split",
    "well-known:no-address",
    "well-known:handshake",
    "well-known:certificate",
    "well-known:wildcard-idn",
    "well-known:odd-san",
    "well-known:ca-as-leaf",
    "well-known:status",
    "well-known:not-http",
    "well-known:too-large",
    "well-known:redirect-loop",
    "well-known:redirect-scheme",
    "well-known:not-json",
    "well-known:no-m-server",
    "well-known:key-case",
    "well-known:invalid-m-server",
  ],
  concerns: "everybody",
  title: "The addresses of the well-known host answer differently",
  spec: SPEC.wellKnown,
  explain: `
The server name's host has several addresses, and they give different answers: one gives a valid file, another one gives another
\`m.server\`, a 404, a web page, or a bad certificate. Homeservers choose an address at random or by their network, so some of them reach
this server and others don't.

**How it shows.** It works from one network and not from another; it works today and not tomorrow. A browser mostly shows the answer of
the good address.

**Who is affected.** All homeservers that use the wrong address. If the wrong one is an IPv6 address: all that have IPv6, since most try
IPv6 first.

**Usual causes**
- The AAAA record leads to an old machine, or to the hosting provider's default page. The A record is right.
- The virtual host listens only on IPv4 (nginx without \`listen [::]:443 ssl\`), so IPv6 gets the default virtual host and its
  certificate.
- One of several machines behind the name wasn't changed, or a CDN keeps an old answer in some places.
- During a move, the old and the new address are both in DNS.

**Look-alikes.** \`well-known/address-failed\`: there is no connection to some addresses. If no address gives a valid file, each fault is
a separate finding.

**How to test.** \`curl -4 …\` and \`curl -6 https://<server name>/.well-known/matrix/server\`, or \`curl --connect-to ::<address>:443
…\`.

**Fix.** Serve the same file at every address, or remove the A or AAAA record of the wrong address.
`,
  *judge(facts: Facts): Iterable<Found> {
    const deciding = decidingSeen(facts);
    if (deciding === null) return;
    const all = seenBy(facts);
    const deviating = all.filter((seen) => deviates(seen, deciding));
    if (deviating.length === 0) return;
    const agreeing = all.filter((seen) => seen.result.kind === "valid" && !deviating.includes(seen));
    const places = deviating.map(({ place }) => place);
    yield {
      severity: "error",
      detail: `${deviating
        .slice(0, 6)
        .map((seen) => `${seen.place} ${what(seen, facts)}`)
        .join(", ")}${deviating.length > 6 ? `, and ${deviating.length - 6} more differ` : ""}. But ${list(
        agreeing.map(({ place }) => place),
        6,
      )} ${agreeing.length === 1 ? "says" : "say"} m.server = ${quote(deciding.result.value)}. Homeservers get one or the other at random.`,
      fix: [
        sameFileAdvice(facts, deviating, deciding),
        `Remove ${list(
          deviating.map(({ attempt }) => `the ${attempt.family === 6 ? "AAAA" : "A"} record ${attempt.address}`),
          6,
        )} of ${facts.wellKnown.status === "done" ? facts.wellKnown.value.host : facts.serverName}, if that machine is the wrong one.`,
      ],
      where: [deciding.attempt.hops[0]?.url ?? deciding.url, ...places],
    };
  },
};

/** An answer that leads elsewhere than the deciding one. No connection is another rule's; DNS names have no case. */
function deviates(seen: Seen, deciding: ValidSeen): boolean {
  const { value } = deciding.result;
  // Only Synapse is turned away there, which is well-known/user-agent-blocked; the others get the file.
  if (seen.result.kind !== "valid" && turnedAway(seen.attempt).length > 0)
    return toldOthers(seen.attempt).some((each) => each.toLowerCase() !== value.toLowerCase());
  switch (seen.result.kind) {
    case "valid":
      return seen.result.value.toLowerCase() !== value.toLowerCase();
    case "untested":
    case "not-public":
    case "timeout":
      return false;
    case "unreachable":
      return isCutOff(seen);
    default:
      return true;
  }
}

function what({ result, response, attempt, url }: Seen, facts: Facts): string {
  switch (result.kind) {
    case "valid":
      return `says ${quote(result.value)}`;
    case "invalid-m-server":
      return `says ${quote(result.value)}, which isn't a server name`;
    case "status":
      return attempt.hops.length > 1 ? `redirects to ${url}, which answers ${response?.status}` : `answers ${response?.status}`;
    case "unreadable":
      return result.reading.kind === "no-m-server"
        ? "gives JSON without m.server"
        : result.reading.problem === "html"
          ? "gives a web page"
          : "gives no valid JSON";
    case "certificate":
      return `has a bad certificate (${certificateProblem(result.hop, judgedAt(facts))})`;
    case "unreachable":
      return "ends each connection before TLS begins";
    case "handshake":
      return `fails in the TLS handshake (${quote(result.error.message)})`;
    case "redirect":
      return REDIRECTS[result.problem];
    case "too-large":
      return "gives more bytes than homeservers read";
    case "no-address":
      return `redirects to ${url}, ${NO_ADDRESS[whyNoAddressAt(facts, result.hop)]}`;
    default:
      return "gives no HTTP/1.1 answer";
  }
}

const NO_ADDRESS = {
  "no-address": "whose host has no address",
  "lookup-failed": "and the address lookup of that host fails",
  "cname-loop": "whose host is an alias that leads in a circle",
} as const;

const REDIRECTS = {
  loop: "redirects without end",
  "too-many": `redirects more than ${MAX_REDIRECTS} times`,
  scheme: "redirects to a scheme that no homeserver follows",
} as const;
