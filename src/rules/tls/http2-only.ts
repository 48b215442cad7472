/** tls/http2-only: requests in HTTP/1.1 are not understood. */
import { endpointsOf } from "../../views/endpoints.ts";
import { groupBy } from "../../views/words.ts";
import { speaksOnlyHttp2 } from "../../views/http2-only.ts";
import { proxyAmong } from "../../advice/certificate.ts";
import { speakHttp1 } from "../../advice/http-versions.ts";
import type { Facts } from "../../facts/facts.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const http2Only: Rule = {
  code: "tls/http2-only",
  severity: "error",
  mechanisms: ["tls:http2-only"],
  title: "The server speaks HTTP/2 only",
  spec: SPEC.api,
  breaks: "endpoint",
  explain: `
Several homeservers speak only HTTP/1.1 and send no ALPN in the TLS handshake. A server that speaks only HTTP/2 can't answer them.

**How it shows.** HTTP/2 frames, a closed connection or a refusal (status 505, "Missing ALPN Protocol" from Node.js) in answer to an
HTTP/1.1 request, while ALPN negotiates \`h2\`.

**Who is affected.** Synapse, Conduit, Rocket.Chat. Dendrite and the conduwuit family speak HTTP/2, and aren't affected.

**Look-alikes.** \`federation/http-status\`: the server speaks both, and closes connections for another reason (nginx \`return 444\`).

**Fix.** HAProxy: \`alpn h2,http/1.1\` on the bind line, and no \`proto h2\`. Envoy: \`codec_type: AUTO\`. A TCP proxy with fixed ALPN:
remove it.

**Log lines.** Synapse: \`ParseError\`, \`ResponseNeverReceived\`, \`not enough values to unpack\`.

Specification: Server-Server API, "API standards" (HTTPS, without naming a version); HTTP/1.1 is what all homeservers speak.
`,
  *judge(facts: Facts): Iterable<Found> {
    const only = endpointsOf(facts).filter((endpoint) => speaksOnlyHttp2(facts, endpoint));
    for (const group of groupBy(only, ({ target }) => String(target.port))) {
      const [first] = group;
      const { port } = first.target;
      const where = group.map((each) => each.place);
      const { version } = first;
      const answer =
        version.status === "done"
          ? `status ${version.value.response.status}, which refuses that version of HTTP`
          : version.status === "failed" && version.error.code === "http2"
            ? "HTTP/2 frames"
            : "no HTTP/1.1 answer";
      yield {
        severity: "error",
        detail: `An HTTP/1.1 request gets ${answer}, and ALPN chooses h2. Many homeservers speak only HTTP/1.1, and get no answer.`,
        fix: [speakHttp1(port, proxyAmong(facts, where))],
        where,
      };
    }
  },
};
