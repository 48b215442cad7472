/**
 * A homeserver as far as other homeservers look at it before they federate, on a web server that can misbehave. Everything is right unless
 * an option breaks it; where a Reply has no body, the right body stays.
 *
 *     await startHomeserver({ serverName: "example.test", ...site });                                    // all is well
 *     await startHomeserver({ serverName: "example.test", ...site, version: { status: 502, body: "" } });
 *     await startHomeserver({ serverName: "example.test", ...site, keys: { response: { validUntil: 1 } } });
 *     await startHomeserver({ serverName: "example.test", ...site, hosts: ["example.test"], otherHost: { status: 421 } });
 *     await startHomeserver({ serverName: "example.test", ...site, forwards: ["/_matrix/client/"] });
 */
import { createSigner, type KeyResponseOverrides, type Signer } from "./signing.ts";
import {
  startWebServer,
  type Answer,
  type Handler,
  type Misbehaviour,
  type Reply,
  type WebServer,
  type WebServerOptions,
} from "./web-server.ts";

/** How the keys are served; without a body they are right. */
export interface KeysReply extends Reply {
  /** Null: none is sent. Default: application/json. */
  contentType?: string | null;
  /** What is wrong with the response itself: another name, time, keys, a bad signature. */
  response?: KeyResponseOverrides;
}

/** An answer whose Reply has no body keeps the right one. */
type Changed<R extends Reply> = R | Misbehaviour | Handler;

export interface HomeserverOptions extends WebServerOptions {
  serverName: string;
  /** PEM; the same as `tls: { key, cert, chain }`. `chain` (with the intermediates) is sent when it is there. Without any: plain HTTP. */
  key?: string;
  cert?: string;
  chain?: string;
  /** Default: the server name's own; the same for every endpoint with that name. */
  signer?: Signer;
  /** `GET /_matrix/federation/v1/version`: says Synapse 1.152.0. */
  version?: Changed<Reply>;
  /** `GET /_matrix/key/v2/server`. */
  keys?: Changed<KeysReply>;
  /** `GET /_matrix/federation/v1/event/…`: 401 M_UNAUTHORIZED. */
  event?: Changed<Reply>;
  /** Serves a well-known with this `m.server`. */
  delegatesTo?: string;
  /** Serves this as well-known instead. Default: 404. */
  wellKnown?: Answer;
  /** The proxy serves these Host headers only (compared exactly); every other gets `otherHost`, by default the proxy's 404. */
  hosts?: string[];
  otherHost?: Answer;
  /** The proxy forwards only paths that begin so; the others get its 404. Default: all. */
  forwards?: string[];
  /** The proxy refuses every PUT with this. */
  otherPut?: Answer;
  /** The proxy decodes the path before it matches it, so that `%2F` leads nowhere. */
  decodesPath?: boolean;
  /** Further paths, or other answers for those above. */
  routes?: Record<string, Answer>;
}

export interface Homeserver extends WebServer {
  serverName: string;
  signer: Signer;
}

export const VERSION_PATH = "/_matrix/federation/v1/version";
export const KEYS_PATH = "/_matrix/key/v2/server";
export const WELL_KNOWN_PATH = "/.well-known/matrix/server";

/** nginx's words for a path or a host that it doesn't know. */
const PROXY_404: Reply = {
  status: 404,
  headers: { server: "nginx", "content-type": "text/html" },
  body: "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n",
};

export async function startHomeserver(options: HomeserverOptions): Promise<Homeserver> {
  const { serverName, key, cert, chain, version, keys, event, delegatesTo, wellKnown, hosts, forwards, decodesPath, ...web } = options;
  const signer = options.signer ?? createSigner(serverName);
  const tls = options.tls ?? (key !== undefined && cert !== undefined ? { key, cert, ...(chain === undefined ? {} : { chain }) } : null);

  const server = await startWebServer({
    ...web,
    tls,
    intercept(request) {
      const url = request.url ?? "";
      const first = options.intercept?.(request) ?? null;
      if (first !== null) return first;
      if (hosts !== undefined && !hosts.includes(request.headers.host ?? "")) return options.otherHost ?? PROXY_404;
      if (forwards !== undefined && url.startsWith("/_matrix") && !forwards.some((prefix) => url.startsWith(prefix))) return PROXY_404;
      if (options.otherPut !== undefined && request.method === "PUT") return options.otherPut;
      if (decodesPath === true && /%2f/i.test(url)) return PROXY_404;
      return null;
    },
    routes: {
      [VERSION_PATH]: filled(version, { body: { server: { name: "Synapse", version: "1.152.0" } } }),
      [KEYS_PATH]: keysAnswer(keys, signer),
      "/_matrix/federation/v1/event/*": filled(event, {
        status: 401,
        body: matrixError("M_UNAUTHORIZED", "Missing Authorization headers"),
      }),
      "/_matrix/federation/v1/send/*": { status: 401, body: matrixError("M_UNAUTHORIZED", "Missing Authorization headers") },
      "/_matrix/*": { status: 404, body: matrixError("M_UNRECOGNIZED", "Unrecognized request") },
      ...(delegatesTo === undefined ? {} : { [WELL_KNOWN_PATH]: { body: { "m.server": delegatesTo } } }),
      ...(wellKnown === undefined ? {} : { [WELL_KNOWN_PATH]: wellKnown }),
      ...options.routes,
    },
  });
  // Not spread: the counters are getters.
  return Object.assign(server, { serverName, signer });
}

/** A homeserver's error (Matrix Client-Server API, "Standard error response"). */
export function matrixError(errcode: string, error: string): { errcode: string; error: string } {
  return { errcode, error };
}

function keysAnswer(keys: Changed<KeysReply> | undefined, signer: Signer): Answer {
  const isReply = keys === undefined || (typeof keys === "object" && !("raw" in keys));
  if (!isReply) return keys;
  const { contentType, response, ...reply } = keys ?? {};
  const right = JSON.stringify(signer.keyResponse(response));
  const type = contentType === undefined ? "application/json" : contentType;
  return { body: right, ...reply, headers: { ...(type === null ? {} : { "content-type": type }), ...reply.headers } };
}

/** What the Reply leaves open comes from the right one; anything else stands as it is. */
function filled(answer: Changed<Reply> | undefined, right: Reply): Answer {
  if (answer === undefined) return right;
  if (typeof answer !== "object" || "raw" in answer) return answer;
  return { ...right, ...answer };
}
