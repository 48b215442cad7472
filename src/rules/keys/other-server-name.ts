/** keys/other-server-name: the keys are those of a related name, which was probably meant. */
import type { Facts } from "../../facts/facts.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import { formatHostPort, parseServerName } from "../../matrix/server-name.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const otherServerName: Rule = {
  code: "keys/other-server-name",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The homeserver there has a related name, not this one",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The homeserver publishes keys for another name of the same domain. The server name is what stands after the colon of user ids
(\`@alice:example.com\`); the host on which the homeserver runs (\`matrix.example.com\`) is something else.

**Shows as** keys for \`example.com\` when \`matrix.example.com\` was checked.

**Affected:** all homeservers, as far as they use the checked name. If nobody does, there is no fault: the wrong name was checked.

**Look-alikes.** \`keys/server-name-mismatch\`: the names have nothing in common. \`keys/case\`: they differ in upper and lower case only.

**Fix.** Check the name from the user ids. If users do have the checked name, the requests reach the wrong one of several homeservers: the proxy must choose by host, or
\`server_name\` in the configuration is wrong. It can't be changed once the homeserver has users or rooms.

**Log lines.** Synapse: \`Expected a response for server\`. conduwuit: \`Server responded with bogus server_name\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "other-server-name")) {
      const [first] = group;
      const { serverName } = first.reading;
      // The name goes into a command: only if it is one.
      const shown = parseServerName(serverName).ok ? serverName : quote(serverName);
      yield {
        severity: "error",
        detail: `The signing keys are those of ${quote(serverName)}, not of ${facts.serverName}. The server name is what stands after the colon of user ids, not the host on which the homeserver runs; probably ${quote(serverName)} is the name to check.`,
        fix: [
          `If user ids end in :${shown}, that is the name to check:\nnpx matrix-delegation-check ${shown}${published(facts, serverName)}`,
          `Only if user ids are to end in :${facts.serverName}: a homeserver can't change its server_name, so another one must answer here, with ${facts.serverName} as its server_name and a new, empty database.`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** Where the name in the keys doesn't lead here: the file that makes it so. Nothing else has to change for that. */
function published(facts: Facts, inKeys: string): string {
  const parsed = parseServerName(inKeys);
  const [target] = facts.targets;
  if (facts.clues?.keysName?.leadsHere !== false || !parsed.ok || parsed.name.port !== null || target === undefined) return "";
  const file = wellKnownFile(formatHostPort(target.host, target.port));
  return `\n\nOther homeservers don't find this one under that name yet. Serve this at https://${inKeys}/.well-known/matrix/server:\n${file}`;
}
