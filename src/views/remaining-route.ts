/** The route that is left when there is no valid well-known: what it is, and what it holds for the advice. */
import type { Facts } from "../facts/facts.ts";
import { formatHostPort, parseServerName } from "../matrix/server-name.ts";
import { foundHomeserver } from "./found-homeserver.ts";
import { routeWorks } from "./route.ts";

/** One sentence: where homeservers go on without the file (steps 4 to 6), and what becomes of it. */
export function goesOn(facts: Facts): string {
  const to = remainingRoute(facts);
  if (to === null) return "Homeservers go on as if there were no file.";
  const works = routeWorks(facts);
  return `Homeservers go on as if there were no file, to ${to}${works === null ? "" : works ? ", which works" : ", which doesn't work"}.`;
}

/** `the SRV target hs1.example:8448`, `port 8448 of example.com`; null when it isn't known. */
export function remainingRoute(facts: Facts): string | null {
  const [target] = facts.targets;
  if (target === undefined || facts.route === null) return null;
  const where = formatHostPort(target.host, target.port);
  return facts.route.via === "srv" ? `the SRV target ${where}` : `port ${target.port} of ${target.host}`;
}

/**
 * What `m.server` would say for the homeserver that the clues found, or that the remaining route points to; null when nothing points
 * anywhere.
 */
export function foundTarget(facts: Facts): string | null {
  const found = foundHomeserver(facts);
  if (found !== null) return formatHostPort(found.host, found.targetPort);
  const [target] = facts.targets;
  if (facts.route?.via !== "srv" || target === undefined) return null;
  const value = formatHostPort(target.host, target.port);
  // SRV targets are bytes from the network; only a server name may get into a configuration.
  return parseServerName(value).ok ? value : null;
}
