/** Is an address Cloudflare's, and is the port one that Cloudflare doesn't forward? Ranges as published at cloudflare.com/ips. */
import ipaddr from "ipaddr.js";
import type { Facts, HttpFacts, Outcome } from "../facts/facts.ts";
import { hostFacts } from "./hosts.ts";
import { done } from "./outcome.ts";
import type { FailedEndpoint } from "./connect-failures.ts";

const FORWARDED = [443, 2053, 2083, 2087, 2096, 8443];
const RANGES = [
  "173.245.48.0/20",
  "103.21.244.0/22",
  "103.22.200.0/22",
  "103.31.4.0/22",
  "141.101.64.0/18",
  "108.162.192.0/18",
  "190.93.240.0/20",
  "188.114.96.0/20",
  "197.234.240.0/22",
  "198.41.128.0/17",
  "162.158.0.0/15",
  "104.16.0.0/13",
  "104.24.0.0/14",
  "172.64.0.0/13",
  "131.0.72.0/22",
  "2400:cb00::/32",
  "2606:4700::/32",
  "2803:f800::/32",
  "2405:b500::/32",
  "2405:8100::/32",
  "2a06:98c0::/29",
  "2c0f:f248::/32",
].map((range) => ipaddr.parseCIDR(range));

/** A port that Cloudflare's proxy takes for HTTPS. */
export function isForwarded(port: number): boolean {
  return FORWARDED.includes(port);
}

/** Where a zone file says that Cloudflare's proxy answers for the host; null where none does. */
export function proxiedIn(facts: Facts, host: string): { name: string; lines: number[] } | null {
  const known = hostFacts(facts, host);
  const files = known === null ? [] : [known.a, known.aaaa].flatMap((outcome) => done(outcome)?.file ?? []);
  return files.find(({ proxied }) => proxied === true) ?? null;
}

export function isCloudflareBlocked(facts: Facts, { address, target, error }: FailedEndpoint): boolean {
  return (
    error.code === "timeout" && !FORWARDED.includes(target.port) && (isCloudflares(facts, address) || answersAsCloudflare(facts, address))
  );
}

function isCloudflares({ redacted }: Facts, address: string): boolean {
  const standIn = redacted?.addresses.find((each) => each.address === address);
  return standIn === undefined ? isCloudflareRange(address) : standIn.cloudflare === true;
}

export function isCloudflareRange(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return RANGES.some((range) => range[0].kind() === parsed.kind() && parsed.match(range));
}

/** The same address says `server: cloudflare` on 443: where the well-known was asked, or by a clue. */
function answersAsCloudflare(facts: Facts, address: string): boolean {
  if (facts.clues?.fronts?.some((each) => each.address === address && isCloudflare(each.response)) === true) return true;
  if (facts.wellKnown.status !== "done") return false;
  return facts.wellKnown.value.attempts.some(({ hops }) =>
    hops.some(({ connection, response }) => connection?.address === address && isCloudflare(response)),
  );
}

function isCloudflare(response: Outcome<HttpFacts>): boolean {
  return response.status === "done" && response.value.headers["server"]?.toLowerCase() === "cloudflare";
}
