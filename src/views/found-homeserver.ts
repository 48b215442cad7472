/** The homeserver that the clues found where nothing leads. */
import type { Facts, FoundHomeserver } from "../facts/facts.ts";

/** A homeserver of this server name that the clues found where nothing leads; one with a good certificate before others. */
export function foundHomeserver(facts: Facts): FoundHomeserver | null {
  const own = facts.clues?.homeservers.found.filter(({ keysName }) => keysName === null || keysName === facts.serverName) ?? [];
  return own.find(({ certificateGood }) => certificateGood) ?? own[0] ?? null;
}

/** No homeserver answered there (`host:port`) to the clues. */
export function isTried(facts: Facts, place: string): boolean {
  return facts.clues?.homeservers.tried.some((each) => each.toLowerCase() === place.toLowerCase()) ?? false;
}
