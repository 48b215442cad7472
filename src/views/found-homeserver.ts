/** The homeserver that the clues found where nothing leads. */
import type { Facts, FoundHomeserver, SrvRecord } from "../facts/facts.ts";
import { done } from "./outcome.ts";
import { withoutAppendedZone } from "./srv-target.ts";
import { oneLine } from "./words.ts";

/**
 * A homeserver of this server name that the clues found where nothing leads; one with a good certificate before others. Where only an SRV
 * record names the place, as its certificate is for another name, no well-known file may name it.
 */
export function foundHomeserver(facts: Facts): FoundHomeserver | null {
  const own = ownFound(facts);
  return own.find(({ certificateGood }) => certificateGood) ?? own.find((each) => !isOfRecord(facts, each)) ?? null;
}

/** The homeserver of this server name that the clues found at that host and port. */
export function foundAt(facts: Facts, host: string, port: number): FoundHomeserver | null {
  return ownFound(facts).find((each) => isAt(each, host, port)) ?? null;
}

/** No homeserver answered there (`host:port`) to the clues. */
export function isTried(facts: Facts, place: string): boolean {
  return facts.clues?.homeservers.tried.some((each) => each.toLowerCase() === place.toLowerCase()) ?? false;
}

/** Records of any SRV service, but those that say that there is none. */
export function publishedRecords(facts: Facts): SrvRecord[] {
  return facts.srv.flatMap(({ outcome }) => done(outcome)?.records ?? []).filter(({ target, port }) => target !== "." && port !== 0);
}

/** Where each record of the route would lead if the zone's name weren't appended to its target. */
export function meantTargets(facts: Facts): { host: string; port: number }[] {
  const base = facts.route?.tlsName ?? facts.serverName;
  return facts.targets.flatMap(({ host, port, srv }) => {
    const meant = srv === undefined ? null : withoutAppendedZone(host, base);
    return meant === null ? [] : [{ host: meant, port }];
  });
}

/** What each calls itself stands in fixes, so it is given on one line. */
function ownFound(facts: Facts): FoundHomeserver[] {
  const own = facts.clues?.homeservers.found.filter(({ keysName }) => keysName === null || keysName === facts.serverName) ?? [];
  return own.map((each) => ({ ...each, server: { name: oneLine(each.server.name), version: oneLine(each.server.version) } }));
}

function isOfRecord(facts: Facts, found: FoundHomeserver): boolean {
  return (
    publishedRecords(facts).some(({ target, port }) => isAt(found, target, port)) ||
    meantTargets(facts).some(({ host, port }) => isAt(found, host, port))
  );
}

function isAt({ host, targetPort }: FoundHomeserver, wanted: string, port: number): boolean {
  return host.toLowerCase() === wanted.toLowerCase() && targetPort === port;
}
