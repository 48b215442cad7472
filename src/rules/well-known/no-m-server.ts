/** well-known/no-m-server: JSON, but without a string `m.server`. */
import { publishWhereRead } from "../../advice/where-read.ts";
import type { Facts } from "../../facts/facts.ts";
import { parseServerName } from "../../matrix/server-name.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { isTried } from "../../views/found-homeserver.ts";
import { foundPlace, goesOn } from "../../views/remaining-route.ts";
import { faults, whereSeen, type Seen } from "../../views/well-known-read.ts";

export const noMServer: Rule = {
  code: "well-known/no-m-server",
  severity: ["error", "warning"],
  mechanisms: ["well-known:no-m-server", "well-known:key-case", "well-known:too-large", "well-known:content-type"],
  title: "The well-known file has no m.server",
  spec: SPEC.wellKnown,
  breaks: "route",
  explain: `
The file is JSON, but has no entry \`m.server\` whose value is a string that isn't empty. Homeservers act as if there were no file.

**Usual causes**
- The file for clients is served here. \`/.well-known/matrix/client\` has \`m.homeserver\`, and clients read it;
  \`/.well-known/matrix/server\` has \`m.server\`, and homeservers read it. One location block for \`/.well-known/matrix/\` that always
  sends the same file has the same effect.
- The key is misspelt: \`m_server\`, \`mserver\`, \`server\`, \`M.SERVER\`.
- The value is an object (\`{"m.server": {"base_url": …}}\`), a number, or empty.
- A JSON error of an API or a hosting platform is sent with status 200.

**Who is affected.** All homeservers. Only Dendrite, mautrix-go and matrix-media-repo, which are written in Go, accept another case of the
same letters (\`M.SERVER\`).

**Look-alikes.** \`well-known/case\` the key is written in another case, and the server works also without the file.
\`well-known/invalid-m-server\`: the value is a string, but not a server name.

**Fix.** The whole file is \`{"m.server": "<host>:<port>"}\`: no scheme, no path, lower-case key.

**Log lines.** Synapse: \`Error parsing well-known for …: 'm.server'\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(faults(facts, "no-m-server"), (seen) => `${what(seen)} ${seen.url}`)) {
      const [first] = group;
      yield {
        severity: unlessRouteWorks(facts, "warning"),
        detail: `${first.url} ${what(first)} ${goesOn(facts)}`,
        fix: [fix(facts, first)],
        where: whereSeen(facts, group),
      };
    }
  },
};

/** A homeserver that was found is nearer to the truth than what stands in the file; where one was looked for in vain, none is. */
function fix(facts: Facts, seen: Seen): string {
  const meant = meantTarget(seen);
  const found = foundPlace(facts);
  if (found !== null || meant === null || isTried(facts, meant)) return publishWhereRead(facts, seen, found);
  return `${isGuess(seen) ? "This is the host of the client API; it is right if /_matrix/federation is served there too. " : ""}${publishWhereRead(facts, seen, meant)}`;
}

function what({ result }: Seen): string {
  if (result.kind !== "unreadable" || result.reading.kind !== "no-m-server") return "has no m.server.";
  const { problem, keys, near } = result.reading;
  if (problem === "not-an-object") return "is JSON, but not an object.";
  if (problem === "empty") return "has an empty m.server.";
  if (problem === "not-a-string") return "has an m.server that isn't a string.";
  if (near === "m.homeserver")
    return "has m.homeserver but no m.server: this is the file for clients, which belongs to /.well-known/matrix/client.";
  if (near !== null) return `has no m.server, but ${quote(near)}; the key must be written exactly.`;
  return keys.length === 0 ? "is an empty object, without m.server." : `has no m.server, only ${list(keys.map((key) => quote(key, 40)))}.`;
}

/** The client file says where apps connect; federation is mostly, but not always, served there too. */
function isGuess(seen: Seen): boolean {
  return (
    seen.result.kind === "unreadable" &&
    seen.result.reading.kind === "no-m-server" &&
    seen.result.reading.near === "m.homeserver" &&
    meantTarget(seen) !== null
  );
}

/** What stands under the misspelt key, or the host of the client file's base URL; null unless it is a server name. */
function meantTarget({ result }: Seen): string | null {
  if (result.kind !== "unreadable" || result.reading.kind !== "no-m-server") return null;
  const { near, nearValue } = result.reading;
  if (near === null || nearValue === null) return null;
  if (near !== "m.homeserver") return parseServerName(nearValue).ok ? nearValue : null;
  const url = URL.canParse(nearValue) ? new URL(nearValue) : null;
  if (url === null || url.protocol !== "https:") return null;
  const target = `${url.hostname}:${url.port === "" ? "443" : url.port}`;
  return parseServerName(target).ok ? target : null;
}
