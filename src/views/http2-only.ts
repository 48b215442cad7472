/** Whether an endpoint speaks HTTP/2 alone. */
import type { Facts, Hop, HttpFacts, Outcome } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import type { PlacedEndpoint } from "./endpoints.ts";
import { refusesHttp1 } from "./http-status.ts";
import { done } from "./outcome.ts";

/** No answer in HTTP/1.1: whether another version is spoken there, ALPN is to be asked. */
export function refusesOrLacksHttp1(outcome: Outcome<HttpFacts>): boolean {
  if (outcome.status === "done") return refusesHttp1(outcome.value);
  return outcome.status === "failed" && ["http2", "not-http", "closed", "reset"].includes(outcome.error.code);
}

/** The same on the way to the well-known. Who closes the connection may do so for another reason, as to this path alone. */
export function hopOnlyInHttp2({ alpn, response }: Hop): boolean {
  if (alpn === undefined || done(alpn)?.protocol !== "h2") return false;
  if (response.status === "done") return refusesHttp1(response.value);
  return response.status === "failed" && (response.error.code === "http2" || response.error.code === "not-http");
}

/**
 * HTTP/1.1 gets HTTP/2 frames, no answer or a refusal of that version, and h2 is what ALPN negotiates. A server that speaks both negotiates
 * h2 too, and may close a connection for another reason, so no answer in HTTP/1.1 may have come from that place to any request.
 */
export function speaksOnlyHttp2(facts: Facts, endpoint: PlacedEndpoint): boolean {
  const { version } = endpoint;
  if (done(endpoint.alpn)?.protocol !== "h2") return false;
  if (version.status === "done") return refusesHttp1(version.value.response) && !answersHttp1(facts, endpoint);
  if (version.status !== "failed") return false;
  const { code } = version.error;
  if (code === "http2") return true;
  return (code === "not-http" || code === "closed") && !answersHttp1(facts, endpoint);
}

function answersHttp1(facts: Facts, endpoint: PlacedEndpoint): boolean {
  const keys = done(endpoint.keys)?.response;
  const responses = [keys, done(endpoint.encodedPath), done(endpoint.hostPort)];
  if (responses.some((response) => response != null && !refusesHttp1(response))) return true;
  const attempts = done(facts.wellKnown)?.attempts ?? [];
  return attempts
    .flatMap(({ hops }) => hops)
    .some(
      ({ connection, response }) =>
        connection !== null &&
        response.status === "done" &&
        !refusesHttp1(response.value) &&
        place(connection.address, connection.port) === endpoint.place,
    );
}
