/** What became of the request whose path holds encoded characters: does a proxy decode or refuse them on the way? */
import type { EndpointFacts, Facts, HttpFacts, Outcome } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
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

type Asked = Pick<EndpointFacts, "address" | "port" | "version" | "encodedPath" | "serverToOthers">;

interface OtherPath {
  path: string;
  response: HttpFacts;
}

/** It isn't the slash: a path without one isn't found by the proxy either. */
export function otherPathMissing({ clues }: Pick<Facts, "clues">, endpoint: Asked): OtherPath | null {
  if (encodedPathSeen(endpoint)?.decoded !== false) return null;
  const at = place(endpoint.address, endpoint.port);
  const clue = clues?.otherPaths?.find((each) => each.place === at);
  return clue?.response.status === "done" && isProxys404(clue.response) ? { path: clue.path, response: clue.response.value } : null;
}

/** The same, and it is the proxy that forwards hardly more than the version. A small or unknown homeserver may know no more paths. */
export function otherPathNotRouted(facts: Pick<Facts, "clues">, endpoint: Asked): OtherPath | null {
  const missing = otherPathMissing(facts, endpoint);
  if (missing === null || isKnownHomeserver(serverOf(endpoint)?.name ?? "")) return missing;
  // Traefik's words are those of every program in Go.
  return [null, "traefik"].includes(proxyOfErrorPage(missing.response)) ? null : missing;
}

/** Not a homeserver's, which is JSON. */
export function isProxys404(response: Outcome<HttpFacts>): boolean {
  return response.status === "done" && response.value.status === 404 && response.value.matrixError === null;
}
