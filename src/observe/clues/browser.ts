/** A well-known that is refused: does a browser get it? */
import type { Clues, WellKnownAttempt } from "../../facts/facts.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";
import { BROWSER as BROWSER_USER_AGENT } from "../../matrix/user-agents.ts";
import { readWellKnown } from "../../matrix/well-known.ts";
import type { Io } from "../../net/io.ts";

export const BROWSER = {
  "user-agent": BROWSER_USER_AGENT,
  accept: "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
  "accept-language": "en-US,en;q=0.5",
};

/** Asks the hop that refused once more, at the same address. */
export async function askAsBrowser(io: Io, attempt: WellKnownAttempt): Promise<Clues["browser"]> {
  const hop = attempt.hops.at(-1);
  if (hop?.connection === null || hop === undefined || !hop.url.startsWith("https:") || !URL.canParse(hop.url)) return null;
  // Some names of the grammar are no URL hosts; no browser gets there.
  if (!URL.canParse(hop.url)) return null;
  const url = new URL(hop.url);
  const connection = await io.tls.connect(
    { address: hop.connection.address, port: hop.connection.port, servername: isIpLiteral(hop.host) ? null : hop.host },
    io.signal,
  );
  try {
    if (connection.socket === null) return null;
    const { outcome, body } = await io.http.request(
      connection,
      { path: `${url.pathname}${url.search}`, host: url.host, headers: BROWSER, maxBytes: WELL_KNOWN_MAX_BYTES },
      io.signal,
    );
    const readable = outcome.status === "done" && outcome.value.status === 200 && readWellKnown(body).kind === "m.server";
    return { url: hop.url, response: outcome, readable };
  } finally {
    connection.close();
  }
}
