/** What clients need, on the lab's web servers: the client file with CORS, and a homeserver's client API. */
import type { Answer, Reply } from "./web-server.ts";
import { matrixError } from "./homeserver.ts";

export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "X-Requested-With, Content-Type, Authorization, Date",
};

export const CLIENT_FILE = "/.well-known/matrix/client";
export const SUPPORT_FILE = "/.well-known/matrix/support";

/** The base domain's files; `changes` are other answers by path, null: 404. */
export function clientFiles(baseUrl: string, changes: Record<string, Answer | null> = {}): Record<string, Answer> {
  const files: Record<string, Answer> = {
    [CLIENT_FILE]: { headers: CORS, body: { "m.homeserver": { base_url: baseUrl } } },
    [SUPPORT_FILE]: { headers: CORS, body: { contacts: [{ matrix_id: "@admin:example.org", role: "m.role.admin" }] } },
  };
  for (const [path, answer] of Object.entries(changes)) {
    if (answer === null) delete files[path];
    else files[path] = answer;
  }
  return files;
}

/** The client API; `cors`: what its answers have, by what is asked. */
export function clientApi(
  cors: (what: "get" | "error" | "options") => Record<string, string | string[]> = () => CORS,
): Record<string, Answer> {
  const answer =
    (what: "get" | "error", reply: Reply): Answer =>
    (request, response) => {
      const isPreflight = request.method === "OPTIONS";
      response.writeHead(isPreflight ? 204 : (reply.status ?? 200), {
        "content-type": "application/json",
        ...cors(isPreflight ? "options" : what),
      });
      response.end(isPreflight ? "" : JSON.stringify(reply.body));
    };
  return {
    "/_matrix/client/versions": answer("get", { body: { versions: ["v1.11", "v1.15"], unstable_features: {} } }),
    "/_matrix/client/v3/login": answer("get", { body: { flows: [{ type: "m.login.password" }] } }),
    "/_matrix/client/v3/account/whoami": answer("error", { status: 401, body: matrixError("M_MISSING_TOKEN", "Missing access token") }),
    "/_matrix/client/*": answer("error", { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") }),
  };
}
