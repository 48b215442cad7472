/** What became of the request whose path holds encoded characters: does a proxy decode or refuse them on the way? */
import type { EndpointFacts } from "../facts/facts.ts";
import { serverOf } from "./endpoints.ts";
import { done } from "./outcome.ts";
import { proxyOfErrorPage } from "./proxy.ts";
import { isKnownHomeserver } from "./version-answer.ts";
import { quote } from "./words.ts";

/** Null when the homeserver got the path as it was sent, or nothing can be said. */
export function encodedPathSeen(
  endpoint: Pick<EndpointFacts, "version" | "encodedPath" | "serverToOthers">,
): { what: string; /** The path arrived at the homeserver, decoded. */ decoded: boolean } | null {
  const server = serverOf(endpoint);
  const response = done(endpoint.encodedPath);
  if (server === null || response === null) return null;
  const { status, matrixError, headers } = response;
  // A small or unknown homeserver may lack the endpoint: then only a proxy's own page proves something.
  const hasEndpoint = isKnownHomeserver(server.name);
  if (matrixError !== null)
    return hasEndpoint && matrixError.errcode === "M_UNRECOGNIZED"
      ? { what: `the homeserver's ${quote(matrixError.errcode)} (status ${status})`, decoded: true }
      : null;
  if (status === 400 || status === 404)
    return hasEndpoint || proxyOfErrorPage(response) !== null
      ? { what: `status ${status}, not in the homeserver's JSON,`, decoded: false }
      : null;
  const location = headers["location"];
  if (status >= 301 && status <= 308 && location !== undefined && /\/event\/(%24|\$)a\/b/i.test(location))
    return { what: `status ${status} and a redirect to ${quote(location)}`, decoded: false };
  return null;
}
