/** well-known/split: some address of the host gives a valid file, another one gives something else. */
import { listenOn } from "../../advice/listen.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { judgedAt } from "../../views/outcome.ts";
import { list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen, seenBy, type Seen, type ValidSeen } from "../../views/well-known-read.ts";
import { certificateProblem } from "../../advice/certificate-problems.ts";

export const split: Rule = {
  code: "well-known/split",
  severity: "error",
  concerns: "everybody",
  title: "The addresses of the well-known host answer differently",
  spec: SPEC.wellKnown,
  explain: `
The server name's host has several addresses, and they don't say the same: one gives a valid file, another gives another \`m.server\`, a 404, a web page, or a bad certificate. Which one a homeserver
asks is chance or a matter of its network, so it is reached by some and not by others.

**How it shows.** It works from here and not from there; it works today and not tomorrow. A browser mostly shows the good address.

**Who is affected.** Everybody whose connection goes to the wrong address. An IPv6 address that is wrong concerns all that have IPv6: it is tried first in most networks.

**How it comes about**
- The AAAA record leads to an old machine, or to the hosting provider's default page, while the A record is right.
- The virtual host listens on IPv4 only (nginx without \`listen [::]:443 ssl\`), so IPv6 gets the default virtual host and its certificate.
- One of several machines behind the name wasn't changed, or a content delivery network keeps an old answer in some places.
- A name that is being moved, with old and new address both in DNS.

**Look-alikes.** Addresses to which there is no connection are \`well-known/address-failed\`. If no address gives a valid file, each one's fault is a finding of its own.

**How to test.** \`curl -4 …\` and \`curl -6 https://<server name>/.well-known/matrix/server\`, or \`curl --connect-to ::<address>:443 …\`.

**How to fix it.** Serve the same file at every address, or remove the A or AAAA record of the wrong one.
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
        listenOn(
          `Serve the same file at every address: let the virtual host of ${facts.serverName} also answer at ${list(
            deviating.map(({ attempt }) => attempt.address),
            6,
          )} on port 443`,
          proxyAt(facts, deciding.place),
          { host: facts.serverName, port: 443 },
          deviating.every(({ attempt }) => attempt.family === 6) ? 6 : deviating.every(({ attempt }) => attempt.family === 4) ? 4 : null,
        ),
        `Remove ${list(
          deviating.map(({ attempt }) => `the ${attempt.family === 6 ? "AAAA" : "A"} record ${attempt.address}`),
          6,
        )} of ${facts.wellKnown.status === "done" ? facts.wellKnown.value.host : facts.serverName}, if that machine isn't meant.`,
      ],
      where: [deciding.attempt.hops[0]?.url ?? deciding.url, ...places],
    };
  },
};

/** An answer that leads elsewhere than the deciding one. No connection is another rule's; DNS names have no case. */
function deviates(seen: Seen, deciding: ValidSeen): boolean {
  switch (seen.result.kind) {
    case "valid":
      return seen.result.value.toLowerCase() !== deciding.result.value.toLowerCase();
    case "untested":
    case "not-public":
    case "unreachable":
    case "timeout":
      return false;
    default:
      return true;
  }
}

function what({ result, response, attempt, url }: Seen, facts: Facts): string {
  switch (result.kind) {
    case "valid":
      return `says ${quote(result.value)}`;
    case "invalid-m-server":
      return `says ${quote(result.value)}, which is no server name`;
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
    case "handshake":
      return `fails in the TLS handshake (${quote(result.error.message)})`;
    case "redirect":
      return result.problem === "scheme" ? "redirects to a scheme that nobody follows" : "redirects without end";
    case "too-large":
      return "gives more bytes than homeservers read";
    case "no-address":
      return `redirects to ${url}, whose host has no address`;
    default:
      return "gives no HTTP/1.1 answer";
  }
}
