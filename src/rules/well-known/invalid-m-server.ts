/** well-known/invalid-m-server: m.server is a string, but no server name. */
import { certificateFirst, correctFile, wellKnownFile } from "../../advice/well-known.ts";
import type { Facts } from "../../facts/facts.ts";
import { withInvalidValue } from "../../homeservers/who.ts";
import { DEFAULT_PORT } from "../../matrix/paths.ts";
import { formatHostPort, type ServerName } from "../../matrix/server-name.ts";
import { meantBy, readDelegatedName } from "../../matrix/well-known.ts";
import { isTried } from "../../views/found-homeserver.ts";
import { hasNoAddress, hostFacts } from "../../views/hosts.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { routeWorks } from "../../views/route.ts";
import { foundPlace, leadsElsewhere, remainingRoute } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const invalidMServer: Rule = {
  code: "well-known/invalid-m-server",
  severity: "error",
  mechanisms: ["well-known:invalid-m-server"],
  title: "m.server is not a server name",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The value of \`m.server\` must be a host name or IP address, with an optional port: \`matrix.example.com:443\`. It must not be a URL.

**What the specification says.** An invalid value must be treated as if there were no well-known file: SRV records, then port 8448 (a
fallback). **What homeservers do.** Most don't fall back:

| value | Synapse | Dendrite | conduwuit, tuwunel | continuwuity | mautrix-go, matrix-media-repo |
| --- | --- | --- | --- | --- | --- |
| \`https://h\` | fails | fails | falls back | fails | fails |
| \`h/\` | asks for \`//_matrix/…\` | fails | falls back | wrong path on 443 | fails |
| port 0 | as without port | connects to 0 | connects to 0 | connects to 0 | as without port |
| port over 65535 | fails | fails | falls back | fails | fails |
| IPv6 without brackets | fails | fails | falls back | works | fails |
| \`_\` in the host | fails | fails | falls back | works | fails |

**How it shows.** Some homeservers reach this one and others don't.

**Who is affected.** The finding names the homeservers that are affected by this value.

**Look-alikes.** \`well-known/no-m-server\`: the value is empty. \`well-known/trailing-dot\`: the host ends in a dot. \`name/odd-label\`:
only Synapse refuses the host.

**Fix.** \`https://matrix.example.com/\` becomes \`matrix.example.com:443\`. The port is needed: without a port homeservers use SRV
records or port 8448, not 443.

**Log lines.** Synapse: \`Error parsing well-known for\`. conduwuit: \`Request uri contained '@' character\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = faults(facts, "invalid-m-server").flatMap((each) =>
      each.result.kind === "invalid-m-server" ? [{ ...each, value: each.result.value }] : [],
    );
    for (const group of groupBy(seen, ({ value, url }) => `${value} ${url}`)) {
      const [first] = group;
      const reading = readDelegatedName(first.value);
      if (reading.ok) continue;
      const { fails, fallsBack } = withInvalidValue(first.value);
      const route = remainingRoute(facts);
      const meant = meantBy(first.value);
      // What is wrong at a place that nobody meant, unless it works.
      const isCause = routeWorks(facts) === false && meant !== null && leadsElsewhere(facts, formatHostPort(meant.dnsHost, meant.port));
      yield {
        severity: "error",
        detail: [
          `m.server is ${quote(first.value)}. ${reading.problem}`,
          fails.length > 0 ? `${list(fails, 8)} can't reach the server with it.` : "",
          fallsBack.length > 0
            ? `${list(fallsBack, 8)} ${fallsBack.length === 1 ? "acts" : "act"} as if there were no file${route === null ? "" : `, and ${fallsBack.length === 1 ? "connects" : "connect"} to ${route}`}.`
            : "",
        ]
          .filter((sentence) => sentence !== "")
          .join(" "),
        fix: fixes(facts, first.url, first.value),
        where: whereSeen(facts, group),
        ...(isCause ? { explainsOthers: "route" as const } : {}),
      };
    }
  },
};

/** What was probably meant, if nobody tried it; then what was seen to work. Nothing that was tried in vain. */
function fixes(facts: Facts, url: string, value: string): string[] {
  const meant = meantBy(value);
  const corrected = meant !== null && !isDead(facts, meant) ? [correctFile(url, meant.text)] : [];
  const found = foundPlace(facts);
  if (typeof found === "string") {
    const other =
      corrected.length === 0 ? correctFile(url, found) : `Or name the place where a homeserver answers now. ${correctFile(url, found)}`;
    return meant?.text === found ? [correctFile(url, found)] : [...corrected, other];
  }
  if (found !== null) {
    const place = formatHostPort(found.host, found.targetPort);
    return [`${found.server.name} answers at ${place}. ${certificateFirst(found)}${correctFile(url, place)}`];
  }
  if (corrected.length > 0) return corrected;
  const write = `Write your homeserver's host and port into the file at ${url}, without scheme and path`;
  const example = `matrix.${facts.serverName}:443`;
  const inVain = meant === null ? example : formatHostPort(meant.dnsHost, meant.port);
  return [
    isTried(facts, example) || meant !== null
      ? `${write}. No homeserver of ${facts.serverName} answers at ${inVain}: it must first be served at the place that you name.`
      : `${write}. An example:\n${wellKnownFile(example)}`,
  ];
}

/** Nothing to connect to, or no homeserver of this name there. Without a port an SRV record may lead elsewhere; nobody looked for one. */
function isDead(facts: Facts, { dnsHost, port }: ServerName): boolean {
  const host = hostFacts(facts, dnsHost);
  return (host !== null && hasNoAddress(host)) || isTried(facts, `${dnsHost}:${port ?? DEFAULT_PORT}`);
}
