/** What a status says by itself, whichever path was asked. */
import type { HttpFacts } from "../facts/facts.ts";

/** Any 2xx: what the homeservers that were measured take for a good answer of the federation API. The well-known must have 200. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** Statuses of a redirect that clients follow (RFC 9110, 15.4). */
export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Whoever asks isn't let in: authentication, a rule, or a rate limit. */
export function isRefusal(status: number): boolean {
  return [401, 403, 407, 429, 451].includes(status);
}

/** Also statuses with which some filters turn away what is no browser, and which otherwise mean something else. */
export function mayBeRefusal(status: number): boolean {
  return isRefusal(status) || status === 406 || status === 503;
}

/** It wants to be left alone for a while: it isn't asked again (RFC 6585, 4; RFC 9110, 10.2.3). */
export function asksToWait({ status, headers }: HttpFacts): boolean {
  return status === 429 || (status === 503 && headers["retry-after"] !== undefined);
}

/**
 * HTTP/1.1 isn't spoken there: by RFC 9110 (15.6.6, and an Upgrade to h2), by AWS's load balancers (464), and in the words of Node.js. That
 * another version is, only ALPN tells.
 */
export function refusesHttp1({ status, headers, excerpt }: HttpFacts): boolean {
  if (status === 505 || status === 464) return true;
  if (status === 426) return /\bh2c?\b/i.test(headers["upgrade"] ?? "");
  return status === 403 && excerpt.startsWith("Missing ALPN Protocol");
}
