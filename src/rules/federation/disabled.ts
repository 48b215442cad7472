/** federation/disabled: the homeserver says that it doesn't federate. */
import type { Facts } from "../../facts/facts.ts";
import { quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";

export const disabled: Rule = {
  code: "federation/disabled",
  severity: "error",
  mechanisms: ["federation:disabled"],
  title: "Federation is switched off in the homeserver",
  spec: SPEC.errors,
  breaks: "endpoint",
  explain: `
The homeserver answers that federation is disabled in its configuration. The delegation itself is right.

**How it shows.** The answer is \`{"errcode":"M_FORBIDDEN","error":"Federation is disabled."}\`, mostly with status 403.

**Who is affected.** All homeservers. If federation is disabled on purpose, there is nothing to fix.

**Look-alikes.** \`federation/listener-missing\`: the homeserver doesn't know the path. \`federation/forbidden\`: a firewall or proxy
refuses. An allow list (Synapse \`federation_domain_whitelist\`) can't be seen from outside: it refuses only signed requests of other
servers.

**Fix.** Conduit, conduwuit, tuwunel, continuwuity: \`allow_federation = true\` below \`[global]\`, and restart. Dendrite:
\`disable_federation: false\` below \`global\`.

**Log lines.** Other homeservers: \`Federation is disabled\`, \`Got response with code: 403\`.

Specification: Client-Server API, "Standard error response".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    const [first, ...others] = answeredWith(facts, "disabled");
    if (first === undefined) return;
    yield {
      severity: "error",
      detail: `The homeserver answers with status ${first.response.status} and ${quote(first.response.matrixError?.error ?? "")}: federation is switched off in its configuration.`,
      fix: [
        "Conduit, conduwuit, tuwunel, continuwuity: switch federation on in the homeserver's configuration file, and restart the homeserver:\n[global]\nallow_federation = true",
        "Dendrite: switch federation on in dendrite.yaml, and restart Dendrite:\nglobal:\n  disable_federation: false",
      ],
      where: [first, ...others].map(({ endpoint }) => endpoint.place),
    };
  },
};
