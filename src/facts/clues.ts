/** Clues: further requests, made only when something failed. A part of the evidence: see facts.ts. */
import type { HttpFacts } from "./connection-facts.ts";
import type { Outcome, Port } from "./outcome.ts";

/** A homeserver where nothing leads to. */
export interface FoundHomeserver {
  host: string;
  address: string;
  port: Port;
  /** The port as others see it; differs from `port` under --connect-to. */
  targetPort: Port;
  server: { name: string; version: string };
  /** What its keys say; null when there were none. */
  keysName: string | null;
  /** Its certificate is good for `host`. */
  certificateGood: boolean;
}

/** A valid well-known on another host than the server name's. */
export interface FoundWellKnown {
  host: string;
  url: string;
  /** The value of its `m.server`. */
  value: string;
}

export interface Clues {
  /** Hosts and ports that were tried for a homeserver; empty when nothing was missing. */
  homeservers: { tried: string[]; found: FoundHomeserver[] };
  wellKnowns: { tried: string[]; found: FoundWellKnown[] };
  /** The well-known that was refused, asked once more with a browser's User-Agent. */
  browser: { url: string; response: Outcome<HttpFacts>; readable: boolean } | null;
  /** What the resolver says of a name that doesn't exist, because it was made up: a network or a resolver that answers everything. */
  decoy?: { name: string; addresses: string[] };
  /** The version with the SRV target as Host, where the route's Host isn't served. */
  srvHost: { place: string; host: string; response: Outcome<HttpFacts>; isHomeserver: boolean }[];
  /** The version with other Hosts, where no homeserver answers to the route's. Absent in evidence of 0.1.0, which has `srvHost` alone. */
  otherHosts?: {
    place: string;
    kind: "without-port" | "with-port" | "srv-target" | "server-name";
    host: string;
    response: Outcome<HttpFacts>;
    isHomeserver: boolean;
  }[];
  /** Where the name that the keys give leads to. */
  keysName: { name: string; places: string[]; leadsHere: boolean } | null;
  /** The issuing certificates that servers didn't send, from where the certificates say that they can be had. */
  issuers: { url: string; subject: string | null }[];
  /**
   * Where something failed, and what stands in front isn't known: a request that some proxies refuse themselves. `path`: a character for
   * each byte. Missing in evidence of older versions.
   */
  proxies?: { place: string; scheme: "http" | "https"; path: string; response: Outcome<HttpFacts> }[];
  /** Where the TLS handshake was closed or left without a word: the version, asked without TLS. */
  plainHttp?: { place: string; response: Outcome<HttpFacts> }[];
  /** What answers on port 443 of addresses whose own port is silent. Missing in evidence of older versions. */
  fronts?: { address: string; response: Outcome<HttpFacts> }[];
}
