/** Is this answer a page that wants a browser to prove itself? */
import type { HttpFacts } from "../facts/facts.ts";

/** Titles of such pages: Cloudflare, Anubis, DDoS-Guard, Imunify360 and others. */
const TITLES =
  /<title>\s*(just a moment|attention required|access denied \| |making sure you.{1,8}re not a bot|checking your browser|ddos-guard|one moment, please|security check(?!s))/i;

/**
 * By its title only, or by the header that Cloudflare sends along: a start page may well hold a captcha. Some come with status 200.
 */
export function isChallenge({ headers, excerpt }: HttpFacts): boolean {
  return /challenge/i.test(headers["cf-mitigated"] ?? "") || TITLES.test(excerpt);
}
