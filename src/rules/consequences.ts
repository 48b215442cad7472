/**
 * Which findings follow from which: what an admin sees when resolution went on to a host or port that was never meant to serve federation.
 */
import type { Code } from "./rule.ts";

/** Nothing there is meant for federation, or it is not meant for this name. */
export const OF_NO_DELEGATION: readonly Code[] = [
  "address/none",
  "address/lookup-failed",
  "address/not-public",
  "connect/refused",
  "connect/timeout",
  "connect/unreachable",
  "connect/cloudflare-port",
  "connect/ipv4-down",
  "connect/ipv6-down",
  "connect/some-addresses-down",
  "tls/name-mismatch",
  "tls/name-is-srv-target",
  "tls/name-is-server-name",
  "tls/default-certificate",
  "tls/self-signed",
  "tls/no-san",
  "policy/target",
  "policy/via",
];

/** The route leads to a wrong place, whatever is there. */
export const OF_A_WRONG_ROUTE: readonly Code[] = [
  "srv/target-unresolvable",
  "srv/lookup-failed",
  ...OF_NO_DELEGATION,
  "tls/plain-http",
  "tls/handshake",
  "tls/timeout",
  "federation/not-routed",
  "federation/not-json",
  "federation/http-status",
  "federation/forbidden",
  "federation/redirected",
  "federation/upstream-down",
  "federation/timeout",
  "keys/not-found",
  "keys/http-status",
  "keys/not-json",
  "keys/malformed",
  "keys/timeout",
  "keys/server-name-mismatch",
  "keys/other-server-name",
];

/**
 * There is no well-known, or nothing that was meant as one. Somebody who published an SRV record, or serves federation on port 8448, needs
 * none: then what is wrong there is the cause, and that there is no well-known matters only because of it.
 */
export const NO_WELL_KNOWN: readonly Code[] = [
  "well-known/not-found",
  "well-known/synapse-not-serving",
  "well-known/homeserver-not-configured",
  "well-known/no-address",
  "well-known/unreachable",
  "well-known/timeout",
  "well-known/tls",
  "well-known/server-error",
  "well-known/http-status",
  "well-known/not-json",
  "well-known/forbidden",
  "well-known/redirect-lost",
  "well-known/redirect-loop",
];
