/**
 * Publishes the file where it is read. Behind a redirect that isn't where the redirect stands, unless the path is exempt from it. Pure.
 */
import type { Facts, FoundHomeserver } from "../facts/facts.ts";
import { place } from "../facts/address.ts";
import { getDomain } from "../facts/public-suffix-list.ts";
import { WELL_KNOWN_PATH } from "../matrix/paths.ts";
import { proxyAt, type Proxy } from "../views/proxy.ts";
import type { Seen } from "../views/well-known-read.ts";
import { exemptAndPublish, publishAdvice } from "./well-known.ts";

type Asked = Pick<Seen, "attempt" | "place">;
type Target = string | FoundHomeserver | null;

/** `target`: what m.server is to say, as far as it is known. */
export function publishWhereRead(facts: Facts, seen: Asked, target: Target): string {
  const { host, proxy } = readAt(facts, seen);
  return host === null ? withoutRedirect(facts, seen, target) : publishAdvice(facts.serverName, target, proxy, host);
}

/** The same where something keeps the file from those who ask: a login, a challenge, a filter. */
export function exemptWhereRead(facts: Facts, seen: Asked, target: Target, what: (host: string) => string): string {
  const { host, proxy } = readAt(facts, seen);
  return host === null ? withoutRedirect(facts, seen, target) : exemptAndPublish(what(host), facts.serverName, target, proxy, host);
}

/** `to`: the host that nobody needs to ask then. */
export function withoutRedirect(facts: Facts, seen: Asked, target: Target, to = ""): string {
  const what = `Serve the file on ${facts.serverName} without a redirect${to === "" ? "" : ` to ${to}`}`;
  return exemptAndPublish(what, facts.serverName, target, proxyAt(facts, seen.place));
}

/** Nothing led away from the host that is asked first. */
export function isRedirected({ attempt: { hops } }: Pick<Seen, "attempt">): boolean {
  return hops.length > 1;
}

/**
 * The host whose site holds the file, and what stands in front of it. Null where that is no place to publish it: another path or port,
 * without TLS on the way, somebody else's host, or a name that can't stand in a configuration.
 */
function readAt(facts: Facts, seen: Asked): { host: string | null; proxy: Proxy | null } {
  const { hops } = seen.attempt;
  const last = hops.at(-1);
  const proxy = proxyAt(facts, seen.place);
  if (last === undefined || !isRedirected(seen)) return { host: facts.serverName, proxy };
  const isSafe = hops.every(({ url }) => /^https:/i.test(url));
  const isSite = last.url.toLowerCase() === `https://${last.host}${WELL_KNOWN_PATH}`;
  const name = facts.serverName.toLowerCase();
  if (!isSafe || !isSite || last.response.status !== "done" || last.connection === null) return { host: null, proxy };
  if (last.host === name) return { host: facts.serverName, proxy };
  const domain = /^[a-z0-9.-]+$/.test(last.host) ? ownDomain(last.host) : null;
  if (domain === null || domain !== ownDomain(name)) return { host: null, proxy };
  return { host: last.host, proxy: proxyAt(facts, place(last.connection.address, last.connection.port)) };
}

/** What somebody else's customers have names under, such as github.io, is no domain of theirs. */
function ownDomain(host: string): string | null {
  return getDomain(host, { allowPrivateDomains: true });
}

/** The host that gave the last answer, and what stands in front of it. */
export function answering(facts: Facts, seen: Asked): { host: string; proxy: Proxy | null } {
  const last = seen.attempt.hops.at(-1);
  if (last?.connection == null || !isRedirected(seen)) return { host: facts.serverName, proxy: proxyAt(facts, seen.place) };
  return { host: last.host, proxy: proxyAt(facts, place(last.connection.address, last.connection.port)) };
}
