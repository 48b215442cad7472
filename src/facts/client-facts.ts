/** What clients need, only with --client. A part of the evidence: see facts.ts. */
import type { ConnectionFacts, HttpFacts } from "./connection-facts.ts";
import type { HostFacts } from "./dns-facts.ts";
import type { Outcome, Port } from "./outcome.ts";
import type { Hop } from "./well-known-facts.ts";

/** A file below `/.well-known/matrix/`, as one address of its host serves it to a browser, redirects included. */
export interface SiteFileAttempt<R> {
  address: string;
  family: 4 | 6;
  port: Port;
  hops: Hop[];
  /** Why it ended without a body to read: `insecure` is a redirect to a plain `http:` URL, which browsers don't follow. */
  stopped: "loop" | "too-many" | "scheme" | "insecure" | null;
  /** What the body says; null when there is no 200, or its body is longer than what is read. */
  reading: R | null;
  /** A request that some proxies refuse themselves; only where something is wrong and what stands in front isn't known. */
  proxy?: Outcome<HttpFacts>;
}

/** A body that isn't JSON. `position`: character offset at which it breaks. */
export interface NotJson {
  kind: "not-json";
  problem: "empty" | "bom" | "trailing" | "html" | "syntax" | "encoding";
  position: number;
  message: string;
}

export type ClientReading =
  | NotJson
  | {
      kind: "object";
      /** At most 10. */
      keys: string[];
      /** `m.homeserver.base_url`; null when it is missing or no string. */
      baseUrl: string | null;
      /** `m.server`, which belongs into the other file; null when it isn't there. */
      server: string | null;
      /** `org.matrix.msc2965.authentication.issuer`, what there was before `auth_metadata`. */
      issuer: string | null;
      /** `org.matrix.msc4143.rtc_foci`: where MatrixRTC calls meet; at most 10. */
      rtcFoci: { type: string; url: string | null }[];
      /** The whole object in JSON; null when that is more than 4,096 characters. */
      text: string | null;
    }
  /** JSON, and no object. */
  | { kind: "no-object" };

export type SupportReading =
  | NotJson
  | { kind: "no-object" }
  | {
      kind: "object";
      /** At most 10. */
      contacts: { role: string | null; matrixId: string | null; emailAddress: string | null }[];
      supportPage: string | null;
      /** What the specification doesn't allow; null: nothing. */
      problem: string | null;
    };

export interface ClientVersions {
  response: HttpFacts;
  /** At most 50; null when the body isn't JSON with a list of strings. */
  versions: string[] | null;
}

/** One address of the base URL's host. All but `versions` are asked at the first one that answers. */
export interface ClientEndpointFacts extends ConnectionFacts {
  /** `GET /_matrix/client/versions`. */
  versions: Outcome<ClientVersions>;
  /** `OPTIONS` of the same, as a browser asks before a request with an access token. */
  preflight?: Outcome<HttpFacts>;
  /** `GET /_matrix/client/v3/account/whoami` without a token: an error, which must have CORS, too. */
  unauthenticated?: Outcome<HttpFacts>;
  /** `GET /_matrix/client/v3/login`: the types of the flows, at most 20; null when the body is none of the kind. */
  login?: Outcome<{ response: HttpFacts; flows: string[] | null }>;
  /** `GET /_matrix/client/v1/auth_metadata`; a null issuer: the body has none. */
  metadata?: Outcome<{ response: HttpFacts; issuer: string | null }>;
  /** A request that some proxies refuse themselves; only where something is wrong and what stands in front isn't known. */
  proxy?: Outcome<HttpFacts>;
}

export interface ClientFacts {
  /** The web client that the requests were made for (the `Origin` field); nobody's. */
  origin: string;
  file: { url: string; host: string; attempts: SiteFileAttempt<ClientReading>[] };
  support: { url: string; host: string; attempts: SiteFileAttempt<SupportReading>[] };
  /** Null when the file gives no base URL that can be asked. */
  api: { baseUrl: string; host: string; port: Port; endpoints: ClientEndpointFacts[] } | null;
  /** Where a client API was looked for because none answers at the file's base URL, or it has none. */
  guesses: { baseUrl: string; isHomeserver: boolean }[];
  /** Who logs users in, and what is at `/.well-known/openid-configuration` below it. `named`: who names it. */
  issuer: { url: string; named: "auth_metadata" | "file"; hop: Hop | null } | null;
  /** The addresses of the hosts that were asked, each once. */
  hosts: HostFacts[];
}
