/** keys/not-found: the version is there, the keys are not. */
import { routeFederation, siteOf } from "../../advice/federation.ts";
import { proxyAt } from "../../views/proxy.ts";
import type { Facts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { badKeys } from "../../views/keys-answer.ts";

export const keysNotFound: Rule = {
  code: "keys/not-found",
  severity: "error",
  mechanisms: ["keys:status"],
  title: "The signing keys are not found",
  spec: SPEC.keys,
  breaks: "endpoint",
  signOf: ["wrong-route", "wrong-virtual-host", "bad-answer"],
  explain: `
The homeserver answers the version request, but \`GET /_matrix/key/v2/server\` gets a 404. Without the keys no other homeserver can verify
the signatures of this one, and refuses everything that it sends.

**How it shows.** Status 404 for the keys, and a good answer for the version.

**Who is affected.** All homeservers.

**Look-alikes.** \`federation/not-routed\`: nothing under \`/_matrix\` is forwarded; then only that finding is reported.

**Usual causes.** The proxy forwards \`/_matrix/federation\` and \`/_matrix/client\` one by one and forgets \`/_matrix/key\`. With
workers, the path goes to a worker that doesn't serve keys. Synapse with a listener whose resources are neither \`federation\` nor
\`keys\`.

**Fix.** Forward all of \`/_matrix\`, not single paths below it.

**Log lines.** Synapse: \`Failed to find any key to satisfy\`, \`Error looking up keys\`. Dendrite: \`Failed to fetch key for server\`.

Specification: Server-Server API, "Publishing keys".
`,
  *judge(facts: Facts): Iterable<Found> {
    const { route } = facts;
    if (route === null) return;
    const missing = badKeys(facts).filter(({ keys, versionWorks }) => versionWorks && keys.response.status === 404);
    for (const group of groupBy(
      missing,
      ({ endpoint, keys }) => `${keys.response.matrixError?.errcode ?? ""} ${endpoint.target.port} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      const { matrixError } = first.keys.response;
      yield {
        severity: "error",
        detail:
          matrixError === null
            ? "GET /_matrix/key/v2/server gets status 404, but the version comes from the homeserver: the proxy forwards only a part of /_matrix."
            : `GET /_matrix/key/v2/server gets status 404 with ${quote(matrixError.errcode)}, but the version is right: the request reaches a Matrix server or worker that doesn't serve keys.`,
        fix: [
          ...(matrixError === null
            ? []
            : [
                "Synapse: in homeserver.yaml, the listener to which /_matrix/key is forwarded must serve federation. It must belong to the main process or to a worker that serves keys:\nresources:\n  - names: [client, federation]\n\nThen restart Synapse:\nsystemctl restart matrix-synapse",
              ]),
          routeFederation(proxyAt(facts, first.endpoint.place), siteOf(route, first.endpoint)),
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};
