/** The words for the way from a server name to a host and port. */

/** A step of "Resolving server names" in the Matrix Server-Server API. */
export type SpecStep = "1" | "2" | "3.1" | "3.2" | "3.3" | "3.4" | "3.5" | "4" | "5" | "6";

/** How the final host and port were found. */
export type Via = "ip-literal" | "explicit-port" | "well-known" | "srv" | "default-port";

export const VIAS: readonly Via[] = ["well-known", "srv", "default-port", "explicit-port", "ip-literal"];

/** Of the SRV records that homeservers ask for; the second is deprecated. */
export type SrvService = "_matrix-fed._tcp" | "_matrix._tcp";

/** In the order in which they are asked for. */
export const SRV_SERVICES: readonly SrvService[] = ["_matrix-fed._tcp", "_matrix._tcp"];
