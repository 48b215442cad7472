/** keys/not-json: status 200, but no JSON. */
import { routeFederation, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { badKeys } from "../../views/keys-answer.ts";

export const keysNotJson: Rule = {
  code: "keys/not-json",
  severity: "error",
  mechanisms: ["keys:not-json"],
  title: "The signing keys aren't JSON",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host", "bad-answer"],
  explain: `
\`GET /_matrix/key/v2/server\` gets status 200, but the body isn't JSON: it is a web page, it is cut off, or it is longer than this tool
reads (131,072 bytes).

**How it shows.** HTML or broken JSON for the keys, and a good answer for the version.

**Who is affected.** All homeservers.

**Look-alikes.** \`federation/not-json\`: the version isn't JSON either, so there is no homeserver at all; then only that finding is
reported. \`keys/malformed\`: the answer is JSON, but a field isn't right.

**Usual causes.** The proxy forwards \`/_matrix/federation\` only, and a website with a fallback page answers the rest; a filter that
rewrites or cuts bodies.

**Fix.** Forward all of \`/_matrix\` to the homeserver.

**Log lines.** Synapse: \`Error reading response GET …\`, \`Failed to find any key to satisfy\`. conduwuit: \`response contains junk\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const bad = badKeys(facts).flatMap(({ endpoint, keys }) =>
      keys.reading?.kind === "not-json" ? [{ endpoint, keys, message: keys.reading.message }] : [],
    );
    for (const group of groupBy(
      bad,
      ({ endpoint, keys, message }) => `${message} ${keys.response.status} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const start = first.keys.response.excerpt.trim();
      yield {
        severity: "error",
        detail: `GET /_matrix/key/v2/server gets status ${first.keys.response.status}, but the body isn't JSON: ${quote(first.message, 120)}${start === "" ? "" : `; it starts with ${quote(start, 60)}`}.`,
        fix: [routeFederation(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint))],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
