/** federation/listener-missing: the homeserver is reached, but not its federation API. */
import { proxyAt } from "../../views/proxy.ts";
import type { Facts, HttpFacts } from "../../facts/facts.ts";
import { groupBy, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { answeredWith } from "../../views/version-answer.ts";

export const listenerMissing: Rule = {
  code: "federation/listener-missing",
  severity: "error",
  mechanisms: ["federation:listener-missing"],
  title: "A Matrix server answers, but not its federation API",
  spec: SPEC.errors,
  breaks: "endpoint",
  explain: `
A Matrix server answers, with a Matrix error in JSON, that it doesn't know \`/_matrix/federation/v1/version\`: M_UNRECOGNIZED.

**How it shows.** The answer is \`{"errcode":"M_UNRECOGNIZED","error":"Unrecognized request"}\`, mostly with status 404.

**Who is affected.** All homeservers.

**Usual causes.** Synapse: the listener behind the proxy has \`names: [client]\` only. Workers: the path is routed to a worker that
doesn't serve federation. The proxy changes the path (\`proxy_pass http://127.0.0.1:8008/;\` under \`location /_matrix\` drops the
prefix). Or the proxy forwards to another Matrix service: an identity server, bridge, media repository or sliding-sync proxy.

**Look-alikes.** \`federation/not-routed\`: the 404 isn't JSON, so it comes from a web server. \`federation/disabled\`: the homeserver
says that it doesn't federate.

**Fix.** Synapse, homeserver.yaml: add \`federation\` to the resources of that listener and restart. Dendrite and the conduwuit family
have no such setting: correct the path or the port in the proxy.

**Log lines.** Synapse: \`Got response with code: 404\`, \`M_UNRECOGNIZED\`. conduwuit: \`response not 2XX\`.

Specification: Client-Server API, "Standard error response".
`,
  causes: ["bad-answer"],
  *judge(facts: Facts): Iterable<Found> {
    for (const group of groupBy(
      answeredWith(facts, "listener-missing"),
      ({ endpoint, response }) => `${said(response)} ${proxyAt(facts, endpoint.place) ?? ""}`,
    )) {
      const [first] = group;
      yield {
        severity: "error",
        detail: `GET /_matrix/federation/v1/version gets status ${first.response.status} with ${said(first.response)}. A Matrix server answers, but it doesn't serve federation on this listener, or the proxy changes the path.`,
        fix: [
          "Synapse: in homeserver.yaml, add federation to the listener to which the proxy forwards:\nlisteners:\n  - port: 8008\n    type: http\n    tls: false\n    x_forwarded: true\n    bind_addresses: ['127.0.0.1']\n    resources:\n      - names: [client, federation]\n        compress: false\n\nThen restart Synapse:\nsystemctl restart matrix-synapse",
          pathKept(proxyAt(facts, first.endpoint.place)),
        ],
        where: group.map(({ endpoint }) => endpoint.place),
      };
    }
  },
};

function said({ matrixError }: HttpFacts): string {
  return matrixError === null ? "no error" : `${quote(matrixError.errcode)} (${quote(matrixError.error)})`;
}

function pathKept(proxy: ReturnType<typeof proxyAt>): string {
  switch (proxy) {
    case "nginx":
      return "If the proxy changes the path: in nginx, proxy_pass must end after the port, without a slash or path:\nproxy_pass http://127.0.0.1:8008;";
    case "apache":
      return "If the proxy changes the path: in Apache, both sides of ProxyPass must have it:\nProxyPass /_matrix http://127.0.0.1:8008/_matrix nocanon";
    case "caddy":
      return "If the proxy changes the path: in the Caddyfile, use handle, not handle_path or uri strip_prefix, for /_matrix/*.";
    case "traefik":
      return "If the proxy changes the path: in Traefik, the router for /_matrix must have no stripprefix or replacepath middleware.";
    default:
      return "If the proxy changes the path, or forwards it to another Matrix service (identity server, bridge, worker): make the proxy forward all of /_matrix/federation and /_matrix/key unchanged to the homeserver.";
  }
}
