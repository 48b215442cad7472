/** The well-known for servers, as each address of its host serves it. A part of the evidence: see facts.ts. */
import type { ConnectionFacts, HttpFacts } from "./connection-facts.ts";
import type { Outcome, Port } from "./outcome.ts";

/** What a well-known body says. */
export type WellKnownReading =
  /** `doubled`: the key stands there more than once; the value is the last one's. */
  | { kind: "m.server"; value: string; doubled?: true }
  /** `position`: character offset at which the JSON breaks. */
  | { kind: "not-json"; problem: "empty" | "bom" | "trailing" | "html" | "syntax" | "encoding"; position: number; message: string }
  /** `keys`: the object's keys, at most 10; `near`: a key that differs from `m.server` in case or spelling only. */
  | {
      kind: "no-m-server";
      problem: "not-an-object" | "missing" | "not-a-string" | "empty";
      keys: string[];
      near: string | null;
      nearValue: string | null;
    };

export interface Hop {
  url: string;
  host: string;
  port: Port;
  /** Null when the host has no address, or the hop is not followed. */
  connection: ConnectionFacts | null;
  response: Outcome<HttpFacts>;
  /** Where it redirects to, absolute. */
  location: string | null;
  /** Only where TLS 1.2 came to a cipher suite without ECDHE: a handshake in which nothing else is offered. */
  ephemeralOnly?: Outcome<{ protocol: string; cipher: string }>;
  /** Only after a response that is no HTTP/1.1, or refuses it: what ALPN negotiates when h2 is offered. */
  alpn?: Outcome<{ protocol: string | null }>;
  /** This tool's own name in the User-Agent was refused; the response is the one that Synapse's alone gets. */
  askedAsHomeserver?: true;
  /** The response is the one that Synapse gets. Homeservers' User-Agents that get another one, and which; absent: all get the same. */
  others?: DifferentAnswer[];
  /** Where some get another one: those that get the same as Synapse. */
  alike?: string[];
}

/** What another User-Agent gets of the same URL; `userAgent` is empty for who sends none. */
export interface DifferentAnswer {
  userAgent: string;
  response: Outcome<HttpFacts>;
  /** What the body says; null when it isn't a 200 in full. */
  reading: WellKnownReading | null;
}

/** The well-known as one address of the host serves it, redirects included. */
export interface WellKnownAttempt {
  address: string;
  family: 4 | 6;
  port: Port;
  hops: Hop[];
  /** Why it ended without a body to read, or null: `loop` and `too-many` of redirects, `scheme` that isn't followed. */
  stopped: "loop" | "too-many" | "scheme" | null;
  /** What the last hop's body says; null when there is no 200 body from a host with a good certificate. */
  reading: WellKnownReading | null;
  /** Milliseconds for all hops together. */
  ms: number;
  /**
   * Only when a `Location` on the second or a later hop is relative and would lead elsewhere from the first URL, by which Synapse resolves
   * it: where that leads in the end, and what is there.
   */
  asSynapse?: { url: string; response: Outcome<HttpFacts>; reading: WellKnownReading | null };
  /** The body is that of a file (--well-known-file): `address` is empty, and no hop has a connection. */
  file?: string;
}

export interface WellKnownFacts {
  url: string;
  host: string;
  /** One for each address of the host, in the order of the host's addresses. */
  attempts: WellKnownAttempt[];
}
