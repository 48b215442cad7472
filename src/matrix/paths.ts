/** Where things are asked for. */

/** Server-Server API, "GET /.well-known/matrix/server". */
export const WELL_KNOWN_PATH = "/.well-known/matrix/server";

/** Where homeservers connect when neither a port nor an SRV record says otherwise (Server-Server API, "Resolving server names", step 6). */
export const DEFAULT_PORT = 8448;
