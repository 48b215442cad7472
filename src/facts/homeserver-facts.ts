/** What the endpoints of the route answer. A part of the evidence: see facts.ts. */
import type { ConnectionFacts, HttpFacts } from "./connection-facts.ts";
import type { Outcome, Port } from "./outcome.ts";
import type { SrvService } from "./way.ts";

export interface VersionFacts {
  response: HttpFacts;
  server: { name: string; version: string } | null;
  /** Why `server` is null although the status is 200. */
  problem: string | null;
}

export interface VerifyKey {
  id: string;
  /** The public key, unpadded base64; absent when it isn't one, and in evidence of older versions. */
  key?: string;
  /** What is wrong with the key itself, or null. */
  problem: string | null;
  signature: "valid" | "invalid" | "missing";
}

export type KeysReading =
  | { kind: "not-json"; message: string }
  | { kind: "malformed"; field: string; problem: string }
  | {
      kind: "keys";
      serverName: string;
      /** Milliseconds since the epoch. */
      validUntil: number;
      verifyKeys: VerifyKey[];
      oldKeyIds: string[];
      /** Keys, old ones too, that are base64 in another form than "unpadded" (Appendices); absent when there are none. */
      oddBase64?: { id: string; problem: "padding" | "url-safe" }[];
    };

export interface KeysFacts {
  response: HttpFacts;
  /** Null when the status isn't 2xx. */
  reading: KeysReading | null;
}

export interface EndpointFacts extends ConnectionFacts {
  version: Outcome<VersionFacts>;
  keys: Outcome<KeysFacts>;
  /** `GET /_matrix/federation/v1/event/%24a%2Fb`: does a proxy decode the path on the way? */
  encodedPath: Outcome<HttpFacts>;
  /** The version with `host:port` as Host, where the route's Host has no port. */
  hostPort: Outcome<HttpFacts>;
  /** A handshake with TLS 1.2 at most; after a failed handshake the protocol that the server chooses when older ones are offered too. */
  olderTls: Outcome<{ protocol: string }>;
  /** Only where TLS 1.2 came to a cipher suite without ECDHE: a handshake in which nothing else is offered. */
  ephemeralOnly?: Outcome<{ protocol: string; cipher: string }>;
  /** Version and keys were asked for without Accept-Encoding, as Synapse asks. Absent in evidence of 0.1.0, which asked for gzip. */
  plain?: true;
  /** User-Agents of homeservers that were turned away where others were answered, and with what; empty text for who sends none. */
  refusedTo?: { userAgent: string; path: string; response: Outcome<HttpFacts> }[];
  /** Where some were turned away: those that were answered. */
  answeredTo?: string[];
  /** Where Synapse is turned away: who the server is by the version that somebody else got. Missing in evidence of older versions. */
  serverToOthers?: { name: string; version: string };
  /** With --deep: an unsigned PUT of an empty transaction, which a homeserver refuses in JSON. */
  put?: Outcome<HttpFacts>;
  /** After a response that is no HTTP/1.1: what ALPN negotiates when h2 is offered. */
  alpn: Outcome<{ protocol: string | null }>;
}

export interface TargetFacts {
  host: string;
  port: Port;
  srv?: { service: SrvService; priority: number; weight: number };
  endpoints: EndpointFacts[];
  /** The addresses come from --connect-to, not from DNS. */
  overridden: boolean;
}
