/** One request, as the routes get it. */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";

export interface Ask {
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** By what requests are counted. */
  client: string;
  response: ServerResponse;
  /** Aborted when the one who asked is gone, or the answer has gone out. */
  left: AbortSignal;
  cors: boolean;
}
