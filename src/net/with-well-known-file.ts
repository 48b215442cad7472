/**
 * `--well-known-file`: a file's body as the answer of a well-known URL (RFC 8615), as if a web server with a good certificate had sent it
 * with 200.
 */
import type { Hop } from "../facts/facts.ts";
import { httpFacts } from "./http-facts.ts";
import type { WellKnownFile } from "./io.ts";

/** The answer, without a connection, and as much of the body as would have been read (`maxBytes`). */
export function wellKnownFromFile(file: WellKnownFile, host: string, maxBytes: number): { hop: Hop; body: Buffer } {
  const body = file.body.subarray(0, maxBytes);
  const response = httpFacts(200, file.headers, body, file.body.length > maxBytes);
  return {
    hop: {
      url: `file:${file.name}`,
      host,
      port: 443,
      connection: null,
      response: { status: "done", value: response, ms: 0 },
      location: null,
    },
    body,
  };
}
