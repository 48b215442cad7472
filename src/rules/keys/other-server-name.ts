/** keys/other-server-name: the keys are those of a related name, which was probably meant. */
import { isIpLiteral } from "../../facts/address.ts";
import type { EndpointFacts, Facts } from "../../facts/facts.ts";
import { certificateCovers } from "../../views/certificate.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import { formatHostPort, parseServerName } from "../../matrix/server-name.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import type { WithKeys } from "../../views/keys-answer.ts";
import { withOtherName } from "../../views/keys-name.ts";

export const otherServerName: Rule = {
  code: "keys/other-server-name",
  severity: "error",
  mechanisms: ["keys:server-name"],
  title: "The homeserver has another name of the same domain",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host"],
  explain: `
The homeserver publishes keys for another name of the same domain. The server name is the part of user ids after the colon
(\`@alice:example.com\`). It need not be the host on which the homeserver runs (\`matrix.example.com\`).

**How it shows.** Keys for \`example.com\` when \`matrix.example.com\` was checked.

**Who is affected.** All homeservers that use the checked name. If nobody uses it, there is no fault: you checked the wrong name.

**Look-alikes.** \`keys/server-name-mismatch\`: the names belong to different domains. \`keys/case\`: they differ only in upper and lower
case.

**Fix.** Check the name that is in the user ids. If user ids do have the checked name, the request reaches the wrong homeserver: then the
proxy must choose the homeserver by host. Or \`server_name\` in the configuration is wrong; it can't be changed once the homeserver has
users or rooms.

**Log lines.** Synapse: \`Expected a response for server\`. conduwuit: \`Server responded with bogus server_name\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of withOtherName(facts, "other-server-name")) {
      const [first] = group;
      const { serverName } = first.reading;
      // The name goes into a command: only if it is one.
      const shown = parseServerName(serverName).ok ? serverName : quote(serverName);
      if (serverName.endsWith(".")) {
        yield withDot(facts, serverName, group);
        continue;
      }
      yield {
        severity: "error",
        detail: `The signing keys are those of ${quote(serverName)}, not of ${facts.serverName}. The server name is the part of user ids after the colon, not the host on which the homeserver runs. Probably ${quote(serverName)} is the right name to check.`,
        fix: [
          `If user ids end in :${shown}, check that name:\nnpx matrix-delegation-check ${shown}${published(facts, serverName)}`,
          `If user ids must end in :${facts.serverName}, set up a new homeserver here, with ${facts.serverName} as its server_name and an empty database: the server_name of a homeserver can't be changed.`,
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

/** No name that can be checked, and none that homeservers look up. */
function withDot({ serverName: checked }: Facts, inKeys: string, group: readonly WithKeys[]): Found {
  const name = inKeys.slice(0, -1);
  return {
    severity: "error",
    detail: `The signing keys are those of ${quote(inKeys)}, not of ${checked}: a dot stands at the end. A server name has none there, and homeservers compare the names byte for byte.`,
    fix: [
      `If the homeserver has no users and rooms yet, take the dot off its name (server_name in homeserver.yaml) and restart it:\nserver_name: ${JSON.stringify(name)}`,
      `If it has users or rooms, they have the name with the dot, which can't be changed: set up a new homeserver with the name ${quote(name)} and an empty database.`,
    ],
    where: group.map(({ endpoint }) => endpoint.place),
  };
}

/** Where the name in the keys doesn't lead here: the file that makes it so. Nothing else has to change for that. */
function published(facts: Facts, inKeys: string): string {
  const parsed = parseServerName(inKeys);
  const [target] = facts.targets;
  if (
    facts.clues?.keysName?.leadsHere !== false ||
    !parsed.ok ||
    parsed.name.kind !== "dns" ||
    parsed.name.port !== null ||
    target === undefined
  )
    return "";
  // Who goes there by that file takes no certificate of another name.
  const isFor = ({ tls }: EndpointFacts): boolean =>
    tls.status !== "done" || certificateCovers(tls.value.chain[0], target.host, isIpLiteral(target.host));
  if (!target.endpoints.every(isFor)) return "";
  const file = wellKnownFile(formatHostPort(target.host, target.port));
  return `\n\nOther homeservers can't find this one under that name yet. Serve this at https://${inKeys}/.well-known/matrix/server:\n${file}`;
}
