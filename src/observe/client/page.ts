/** One URL asked as a browser asks it for a web client, and what redirects lead to. */
import { isIpLiteral } from "../../facts/address.ts";
import type { Hop, SiteFileAttempt } from "../../facts/facts.ts";
import type { Connection, HttpRequest, HttpResult, Io } from "../../net/io.ts";
import { asksToWait, isRedirect, mayBeRefusal } from "../../views/http-status.ts";
import { hasNoAddress } from "../../views/hosts.ts";
import { resolved } from "../../views/synapse-redirect.ts";
import { BROWSER } from "../clues/browser.ts";
import type { Issuers } from "../clues/issuers.ts";
import { whereIs, type HostAddress, type Questions } from "../resolver/questions.ts";

/** The files have a few hundred bytes. */
const MAX_BYTES = 65_536;
/** As in browsers (Fetch Standard, "HTTP-redirect fetch": 20), but nobody's file needs more than this. */
const MOST_REDIRECTS = 10;
/** Addresses of a host that are tried side by side. */
const RACED = 4;

/** What each request of one check needs. */
export interface Asking {
  io: Io;
  questions: Questions;
  issuers: Issuers;
  /** The page of the web client that would ask. */
  origin: string;
}

/** Where a request goes. */
export interface Site {
  /** Without brackets. */
  host: string;
  /** As in the Host header. */
  hostHeader: string;
  path: string;
}

/** Connects and asks; a filter that turns away what is no browser is asked once more as one, since what counts is what browsers get. */
export async function ask(
  { io, origin }: Pick<Asking, "io" | "origin">,
  connection: Connection,
  { host, hostHeader, path }: Site,
  more: Pick<HttpRequest, "method" | "headers"> = {},
): Promise<HttpResult> {
  const request = (headers: Record<string, string>, over: Connection): Promise<HttpResult> =>
    io.http.request(
      over,
      {
        ...(more.method === undefined ? {} : { method: more.method }),
        path,
        host: hostHeader,
        maxBytes: MAX_BYTES,
        headers: { accept: "application/json", origin, ...more.headers, ...headers },
      },
      io.signal,
    );
  const first = await request({}, connection);
  const { outcome } = first;
  const isTurnedAway =
    outcome.status === "done" && mayBeRefusal(outcome.value.status) && outcome.value.matrixError === null && !asksToWait(outcome.value);
  if (!isTurnedAway) return first;
  const { address, port } = connection.facts;
  const again = await connect(io, host, address, port);
  try {
    if (again.socket === null) return first;
    const second = await request({ "user-agent": BROWSER["user-agent"] }, again);
    return second.outcome.status === "done" ? second : first;
  } finally {
    again.close();
  }
}

export function connect(io: Io, host: string, address: string, port: number): Promise<Connection> {
  return io.tls.connect({ address, port, servername: isIpLiteral(host) ? null : host }, io.signal);
}

/** The file as it is served at one address; hosts that are redirected to are asked at the first of their addresses that answers. */
export async function fetchFile<R>(
  asking: Asking,
  start: URL,
  at: HostAddress,
  port: number,
  read: (body: Buffer) => R,
): Promise<SiteFileAttempt<R>> {
  const attempt: SiteFileAttempt<R> = { ...at, port, hops: [], stopped: null, reading: null };
  for (let url = start; ;) {
    const stays = url.host === start.host;
    const { hop, body } = await fetchHop(asking, url, stays ? { address: at.address, port } : null);
    attempt.hops.push(hop);
    if (hop.location === null) {
      const { response } = hop;
      if (response.status === "done" && response.value.status === 200 && !response.value.truncated) attempt.reading = read(body);
      return attempt;
    }
    url = new URL(hop.location);
    if (url.protocol === "http:") attempt.stopped = "insecure";
    else if (url.protocol !== "https:") attempt.stopped = "scheme";
    else if (attempt.hops.some((each) => each.url === url.href)) attempt.stopped = "loop";
    else if (attempt.hops.length > MOST_REDIRECTS) attempt.stopped = "too-many";
    if (attempt.stopped !== null) return attempt;
  }
}

/** One URL. `at`: where its host is known to be; null: to be looked up. */
export async function fetchHop(
  asking: Asking,
  url: URL,
  at: { address: string; port: number } | null,
): Promise<{ hop: Hop; body: Buffer }> {
  const { io, questions, issuers } = asking;
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const named = url.port === "" ? 443 : Number(url.port);
  const where = at === null ? await whereIs(io, questions, host, named) : null;
  const hop: Hop = {
    url: url.href,
    host,
    port: where?.port ?? at?.port ?? named,
    connection: null,
    response: { status: "skipped", because: "blocked", note: "the host has no address" },
    location: null,
  };
  const places = at !== null ? [at.address] : (where?.addresses.slice(0, RACED).map(({ address }) => address) ?? []);
  if (places.length === 0) {
    const isKnown = where?.facts != null && hasNoAddress(where.facts);
    if (!isKnown) hop.response = { status: "untested", because: io.signal.aborted ? "deadline" : "resolver" };
    return { hop, body: Buffer.alloc(0) };
  }
  const connection = await firstThatAnswers(places.map((address) => connect(io, host, address, hop.port)));
  const [result] = await Promise.all([
    ask(asking, connection, { host, hostHeader: url.host, path: `${url.pathname}${url.search}` }),
    issuers.complete(connection),
  ]);
  connection.close();
  hop.connection = connection.facts;
  hop.response = result.outcome;
  const location =
    result.outcome.status === "done" && isRedirect(result.outcome.value.status) ? result.outcome.value.headers["location"] : undefined;
  hop.location = location === undefined ? null : resolved(location, url.href);
  return { hop, body: result.body };
}

/** In the order of the addresses, whichever is quicker: the report depends on the server alone. */
async function firstThatAnswers(pending: readonly Promise<Connection>[]): Promise<Connection> {
  const all = await Promise.all(pending);
  const chosen = all.find(({ socket }) => socket !== null) ?? all[0];
  if (chosen === undefined) throw new RangeError("no connection to choose from");
  for (const other of all) if (other !== chosen) other.close();
  return chosen;
}
