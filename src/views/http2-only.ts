/** Whether an endpoint speaks HTTP/2 alone. */
import type { Facts } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import type { PlacedEndpoint } from "./endpoints.ts";
import { done } from "./outcome.ts";

/**
 * HTTP/1.1 gets HTTP/2 frames or no answer, and h2 is what ALPN negotiates. A server that speaks both negotiates h2 too, and may close a
 * connection for another reason, so no answer in HTTP/1.1 may have come from that place to any request.
 */
export function speaksOnlyHttp2(facts: Facts, endpoint: PlacedEndpoint): boolean {
  if (endpoint.version.status !== "failed" || done(endpoint.alpn)?.protocol !== "h2") return false;
  const { code } = endpoint.version.error;
  if (code === "http2") return true;
  return (code === "not-http" || code === "closed") && !answersHttp1(facts, endpoint);
}

function answersHttp1(facts: Facts, endpoint: PlacedEndpoint): boolean {
  if ([endpoint.keys, endpoint.encodedPath, endpoint.hostPort].some((outcome) => outcome.status === "done")) return true;
  const attempts = done(facts.wellKnown)?.attempts ?? [];
  return attempts
    .flatMap(({ hops }) => hops)
    .some(
      ({ connection, response }) =>
        connection !== null && response.status === "done" && place(connection.address, connection.port) === endpoint.place,
    );
}
