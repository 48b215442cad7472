/**
 * Step 3: `https://<hostname>/.well-known/matrix/server`, asked at every address of the host, redirects followed and recorded.
 * Matrix Server-Server API, "Resolving server names"; RFC 8615.
 */
import { tenths } from "../tenths.ts";
import type { Hop, WellKnownAttempt, WellKnownFacts } from "../../facts/facts.ts";
import { WELL_KNOWN_PATH } from "../../matrix/paths.ts";
import { MAX_REDIRECTS, WELL_KNOWN_MAX_BYTES } from "../../views/well-known-result.ts";
import { relativeHop, resolved } from "../../views/synapse-redirect.ts";
import { readWellKnown } from "../../matrix/well-known.ts";
import { startDeadline } from "../../net/deadline.ts";
import { ASKED_AS_OTHERS, fewest, MOST_ADDRESSES } from "../budget.ts";
import { createGate } from "../../net/gate.ts";
import type { Io, WellKnownFile } from "../../net/io.ts";
import { wellKnownFromFile } from "../../net/with-well-known-file.ts";
import type { Issuers } from "../clues/issuers.ts";
import { type Askers, type Fetched, fetchUrl, hasBadCertificate, leftOutHop, type Place, placeOf } from "./well-known-hop.ts";
import { whereIs, type HostAddress, type Questions } from "./questions.ts";

const AT_ONCE = 8;
/**
 * The part of the deadline that the well-known may take, so that what stalls here leaves time to see whether SRV or port 8448 works. Of
 * what is left of it when the host's addresses are known: a slow resolver is no fault of the web server.
 */
const SHARE_OF_DEADLINE = 0.6;

export interface Fetching {
  facts: WellKnownFacts;
  /** Until this ends, the hops may still get what other homeservers than Synapse are told. The route doesn't wait for it. */
  others: Promise<unknown>;
}

export async function fetchWellKnown(
  whole: Io,
  questions: Questions,
  issuers: Issuers | null,
  hostname: string,
  as: Askers = "everybody",
): Promise<Fetching> {
  const began = performance.now();
  if (whole.wellKnownFile == null) await whereIs(whole, questions, hostname, 443);
  const left = Math.max(0, whole.deadlineMs - (performance.now() - began));
  const deadline = startDeadline(left * SHARE_OF_DEADLINE, whole.signal, { share: true });
  const others: Promise<void>[] = [];
  try {
    const facts = await fetchAtAll({ ...whole, signal: deadline.signal }, questions, issuers, hostname, as, others);
    return { facts, others: Promise.all(others).finally(() => deadline.done()) };
  } catch (error) {
    deadline.done();
    throw error;
  }
}

async function fetchAtAll(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  hostname: string,
  as: Askers,
  others: Promise<void>[],
): Promise<WellKnownFacts> {
  const url = `https://${hostname}${WELL_KNOWN_PATH}`;
  const host = hostname.toLowerCase();
  if (io.wellKnownFile != null) return { url, host: hostname, attempts: [fromFile(io.wellKnownFile, host)] };
  const start: Place = {
    href: `https://${host}${WELL_KNOWN_PATH}`,
    protocol: "https:",
    hostname: host,
    host,
    port: "",
    path: WELL_KNOWN_PATH,
  };
  const { addresses: all, port, overridden } = await whereIs(io, questions, hostname, 443);
  if (all.length === 0 && !overridden) {
    // A host that has addresses of the other family only may well give the file.
    const others = await questions.leftOut(hostname);
    if (others.length > 0)
      return { url, host: hostname, attempts: others.map((address) => leftOut(address, { url: start.href, host, port })) };
  }
  const addresses = fewest(all, io.mostAddresses ?? MOST_ADDRESSES);
  const later = new Map<string, Promise<Fetched>>();
  const gate = createGate(AT_ONCE);
  const attempts = await Promise.all(
    addresses.map((address, index) => {
      const askers: Askers = index < ASKED_AS_OTHERS ? as : "synapse";
      const fetch = (url: Place): Promise<Fetched> => fetchHop(io, questions, issuers, url, start, address, later, askers);
      return gate(() => attemptAt(io, fetch, start, address, port, others));
    }),
  );
  return { url, host: hostname, attempts };
}

function leftOut(at: HostAddress, place: Pick<Hop, "url" | "host" | "port">): WellKnownAttempt {
  return { ...at, port: place.port, hops: [leftOutHop(place, at)], stopped: null, reading: null, ms: 0 };
}

/** The one attempt that stands for all addresses: the file that is going to be published. */
function fromFile(file: WellKnownFile, host: string): WellKnownAttempt {
  const { hop, body } = wellKnownFromFile(file, host, WELL_KNOWN_MAX_BYTES);
  const truncated = hop.response.status === "done" && hop.response.value.truncated;
  return {
    address: "",
    family: 4,
    port: 443,
    hops: [hop],
    stopped: null,
    reading: truncated ? null : readWellKnown(body),
    ms: 0,
    file: file.name,
  };
}

async function attemptAt(
  io: Io,
  fetch: (url: Place) => Promise<Fetched>,
  start: Place,
  at: HostAddress,
  port: number,
  others: Promise<void>[],
): Promise<WellKnownAttempt> {
  const began = performance.now();
  const hops: Hop[] = [];
  let stopped: WellKnownAttempt["stopped"] = null;
  let reading: WellKnownAttempt["reading"] = null;
  let url = start;
  for (;;) {
    const { hop, body, others: until } = await fetch(url);
    hops.push(hop);
    if (until !== undefined) others.push(until);
    if (hop.location === null) {
      if (isReadable(io, hop)) reading = readWellKnown(body);
      break;
    }
    const next = placeOf(new URL(hop.location));
    if (next.protocol !== "https:" && next.protocol !== "http:") stopped = "scheme";
    else if (hops.some((each) => each.url === next.href)) stopped = "loop";
    else if (hops.length > MAX_REDIRECTS) stopped = "too-many";
    if (stopped !== null) break;
    url = next;
  }
  const ms = tenths(performance.now() - began);
  const asSynapse = reading?.kind === "m.server" ? await followAsSynapse(io, fetch, hops, start) : null;
  return { ...at, port, hops, stopped, reading, ms, ...(asSynapse === null ? {} : { asSynapse }) };
}

/** From the hop on at which Synapse leaves the way, because it resolves every Location against the first URL. */
async function followAsSynapse(
  io: Io,
  fetch: (url: Place) => Promise<Fetched>,
  hops: readonly Hop[],
  start: Place,
): Promise<NonNullable<WellKnownAttempt["asSynapse"]> | null> {
  const relative = relativeHop({ hops: [...hops] });
  if (relative === null) return null;
  let url = relative.synapse;
  const visited = new Set<string>();
  for (;;) {
    const place = placeOf(new URL(url));
    if (place.protocol !== "https:" && place.protocol !== "http:") return null;
    visited.add(place.href);
    const { hop, body } = await fetch(place);
    const sent = hop.response.status === "done" && hop.location !== null ? hop.response.value.headers["location"] : undefined;
    const next = sent === undefined ? null : resolved(sent, start.href);
    if (next === null || visited.has(next) || visited.size > MAX_REDIRECTS)
      return { url: hop.url, response: hop.response, reading: next === null && isReadable(io, hop) ? readWellKnown(body) : null };
    url = next;
  }
}

/** A 200 in full, from a host whose certificate is good. */
function isReadable(io: Io, hop: Hop): boolean {
  if (hop.response.status !== "done" || hop.response.value.status !== 200 || hop.response.value.truncated) return false;
  return !hasBadCertificate(io, hop);
}

/**
 * The first hop goes to the given address, and so do redirects that stay on its host; what other hosts say is asked once for all addresses.
 */
async function fetchHop(
  io: Io,
  questions: Questions,
  issuers: Issuers | null,
  url: Place,
  start: Place,
  at: HostAddress,
  later: Map<string, Promise<Fetched>>,
  as: Askers,
): Promise<Fetched> {
  const stays = url.host === start.host && url.protocol === start.protocol;
  const key = stays ? `${at.address} ${url.href}` : url.href;
  let fetched = later.get(key);
  if (fetched === undefined) {
    fetched = fetchUrl(io, questions, issuers, url, stays ? at : null, as);
    later.set(key, fetched);
  }
  return fetched;
}
