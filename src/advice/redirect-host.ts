/** What is said, and what to do, where the well-known is redirected to a host that nobody can connect to. Pure. */
import type { Facts } from "../facts/facts.ts";
import { proxyAt } from "../views/proxy.ts";
import { foundTarget, goesOn } from "../views/remaining-route.ts";
import { shown, type Seen } from "../views/well-known-read.ts";
import { exemptAndPublish } from "./well-known.ts";

/** The sentence that names the redirect. */
export function redirectsThere({ attempt, url }: Seen): string {
  const from = attempt.hops.at(-2)?.url ?? attempt.hops[0]?.url ?? url;
  return `${shown(from)} redirects to ${url}.`;
}

/** What comes of it. */
export function lostThere(facts: Facts): string {
  return `Nobody can fetch the well-known file there. ${goesOn(facts)}`;
}

export function withoutRedirect(facts: Facts, { place }: Seen, host: string): string {
  return exemptAndPublish(
    `Serve the file on ${facts.serverName} without a redirect to ${host}`,
    facts.serverName,
    foundTarget(facts),
    proxyAt(facts, place),
  );
}
