/** policy/via: the route is found in another way than --expect-via says. */
import { knownRoute } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Via } from "../../facts/way.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

/** What of the world leads to each. */
const WAYS: Readonly<Record<Via, { found: string; mend: (serverName: string) => string }>> = {
  "ip-literal": {
    found: "the server name is an IP address",
    mend: () => "For a server name that is a host name, the way is never ip-literal: change the expectation.",
  },
  "explicit-port": {
    found: "the server name has a port",
    mend: () => "For a server name without a port, the way is never explicit-port: change the expectation.",
  },
  "well-known": {
    found: "there is a valid file with a port",
    mend: (name) =>
      `Serve a valid file, with a port in m.server, at https://${name}/.well-known/matrix/server. This prints it (replace matrix.${name}:443 with your homeserver's host and port, nginx with your web server):\nnpx matrix-delegation-check plan ${name} --to matrix.${name}:443 --with nginx`,
  },
  srv: {
    found: "there are SRV records",
    mend: (name) =>
      `Publish the SRV record, and no well-known file: homeservers use a valid file with a port in m.server before SRV records. This prints the record (replace matrix.${name}:443 with your homeserver's host and port):\nnpx matrix-delegation-check plan ${name} --to matrix.${name}:443 --srv`,
  },
  "default-port": {
    found: "there is neither a file with a port nor an SRV record",
    mend: (name) =>
      `Remove what homeservers use before the default port: the well-known file (or the port in it), and the SRV records _matrix-fed._tcp and _matrix._tcp of ${name} or of the host in m.server.`,
  },
};

export const via: Rule = {
  code: "policy/via",
  severity: "error",
  concerns: "nobody",
  title: "The route is found in another way than expected",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
You said how homeservers must find the route (\`--expect-via\`, or \`expect\` in the configuration file). They find it in another way. The
ways, in the order of the specification:

- \`ip-literal\`: the server name is an IP address.
- \`explicit-port\`: the server name has a port.
- \`well-known\`: the well-known file names host and port, or an IP address.
- \`srv\`: an SRV record of the server name, or of the host that the well-known file names without a port.
- \`default-port\`: port 8448 of the server name, or of the host that the well-known file names without a port, because there is no SRV
  record.

**How it shows.** All else may pass, for example when the well-known file is gone and old SRV records still lead to the homeserver.

**Who is affected.** Nobody yet. But a route that you didn't plan may stop working without a warning.

**Look-alikes.** With a well-known file without a port in \`m.server\`, the way is \`srv\` or \`default-port\`, because the port comes
from there. When the file is broken and no other way leads to a homeserver, the report shows the finding about the file first.

**Fix.** Publish what is expected, or change the expectation. To allow several ways, give the option several times.
`,
  *judge(facts: Facts): Iterable<Found> {
    const expected = facts.settings.expect?.via ?? [];
    const route = knownRoute(facts);
    const [first] = expected;
    if (route === null || first === undefined || expected.includes(route.via)) return;
    yield {
      severity: "error",
      detail: `Expected ${list(expected)}, but the route is found by ${route.via} (${WAYS[route.via].found}, step ${route.specStep} of the specification).`,
      // A server name with an address or a port is found by that and nothing else.
      fix: [
        ...(isGiven(route.via) && !isGiven(first)
          ? [`The name ${facts.serverName} itself decides the way, and no file or record changes that: change the expectation.`]
          : [WAYS[first].mend(facts.serverName)]),
        `If ${route.via} is now the right way, expect that:\nnpx matrix-delegation-check --expect-via ${route.via} ${facts.serverName}`,
      ],
      where: [facts.serverName],
    };
  },
};

function isGiven(via: Via): boolean {
  return via === "ip-literal" || via === "explicit-port";
}
