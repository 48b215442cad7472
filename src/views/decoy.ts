/** What the resolver says of a name that was made up: some networks and resolvers answer everything. */
import type { Facts, HostFacts } from "../facts/facts.ts";
import { addressesOf } from "./hosts.ts";

/** The addresses of the made-up name; empty when it rightly has none, or wasn't asked for. */
export function decoyAddresses(facts: Facts): string[] {
  return facts.clues?.decoy?.addresses ?? [];
}

/** The host has addresses, and they are those of the made-up name. */
export function givesDecoy(facts: Facts, host: HostFacts): boolean {
  const made = decoyAddresses(facts);
  const own = addressesOf(host);
  return own.length > 0 && own.every((address) => made.includes(address));
}
