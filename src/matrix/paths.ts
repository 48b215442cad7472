/** Where things are asked for. */

/** Server-Server API, "GET /.well-known/matrix/server". */
export const WELL_KNOWN_PATH = "/.well-known/matrix/server";
