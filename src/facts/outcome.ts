/** What became of one thing that was tried, and the plain values that evidence is made of. A part of the evidence: see facts.ts. */

/**
 * Seconds, of a DNS record: RFC 2181, 8 has 31 bits; some resolvers show all 32.
 * @type integer
 * @minimum 0
 * @maximum 4294967295
 */
export type Ttl = number;

/**
 * A port.
 * @type integer
 * @minimum 0
 * @maximum 65535
 */
export type Port = number;

/** ISO 8601, UTC. */
export type Time = string;

/**
 * Some text of an HTTP response.
 * @maxLength 512
 */
export type Excerpt = string;

/**
 * A field of a header.
 * @maxLength 2048
 */
export type HeaderField = string;

/** What became of one thing that was tried. Bad answers are facts too: `done`. */
export type Outcome<T> =
  | { status: "done"; value: T; ms: number }
  /** The other side's trouble. */
  | { status: "failed"; error: NetError; ms: number }
  | { status: "skipped"; because: "not-needed" | "blocked"; note: string }
  /**
   * This machine's trouble, or its owner's policy, which allows no connection to that address, or to that port: nothing is known about the
   * other side.
   */
  | {
      status: "untested";
      /**
       * `zone-file`: the file has a record whose meaning only its server knows (`LUA`, `ALIAS`, …), and `note` names it. `http-parser`:
       * this Node.js can't start its HTTP parser, and `note` says why. `open-files`: this process, or this machine, may open no more files
       * and connections.
       */
      because: "no-route" | "resolver" | "deadline" | "policy-address" | "policy-port" | "zone-file" | "http-parser" | "open-files";
      note?: string;
    };

export type NetErrorCode =
  | "refused" //      TCP RST in answer to SYN
  | "reset" //        the connection was reset after it was made
  | "closed" //       the other side closed before it had answered
  | "timeout" //      no (whole) answer in time
  | "unreachable" //  ICMP unreachable from the way there (not: no route on this machine)
  | "plain-http" //   HTTP answered where TLS was expected
  | "not-tls" //      something else answered where TLS was expected
  | "tls-alert" //    the other side sent a TLS alert
  | "tls" //          any other failure of the handshake
  | "http2" //        HTTP/2 frames where HTTP/1.1 was asked
  | "not-http" //     bytes that are no HTTP/1.1 response
  | "too-large" //    more bytes than are read
  | "encoding" //     a Content-Encoding that can't be undone
  | "malformed"; //   an answer that can't be parsed (DNS)

export interface NetError {
  code: NetErrorCode;
  /** For people: one line, may hold bytes of the other side; made harmless where it is shown. */
  message: string;
  /** The name of the TLS alert, e.g. `unrecognized_name` (RFC 8446, 6.2). */
  alert?: string;
  /** The server had asked for a client certificate before (CertificateRequest). */
  asksClientCertificate?: true;
  /** The first bytes that came instead of what was expected, as Latin-1 text, at most 120. */
  excerpt?: string;
  /** The status of the response whose header came and whose body didn't. */
  afterStatus?: number;
}
