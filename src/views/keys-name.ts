/** Whose keys they are: the one place that decides what a foreign server_name means. Pure. */
import { getDomain } from "../facts/public-suffix-list.ts";
import type { Facts } from "../facts/facts.ts";
import { parseServerName } from "../matrix/server-name.ts";
import { groupBy } from "./words.ts";
import { withKeys, type WithKeys } from "./keys-answer.ts";

export type NameDifference = "case" | "other-server-name" | "server-name-mismatch";

/**
 * How the `server_name` in the keys differs from the checked one. `other-server-name`: a name of the same registrable domain, so probably
 * the one that was meant (`matrix.example.com` was checked, and the keys are those of `example.com`).
 */
export function nameDifference(checked: string, inKeys: string): NameDifference | null {
  if (checked === inKeys) return null;
  const [a, b] = [parseServerName(checked), parseServerName(inKeys)];
  if (!a.ok || !b.ok) return "server-name-mismatch";
  if (checked.toLowerCase() === inKeys.toLowerCase()) return "case";
  if (a.name.dnsHost === b.name.dnsHost) return "other-server-name";
  if (a.name.kind !== "dns" || b.name.kind !== "dns") return "server-name-mismatch";
  const domain = getDomain(a.name.dnsHost, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(b.name.dnsHost, { allowPrivateDomains: true })
    ? "other-server-name"
    : "server-name-mismatch";
}

/**
 * As `nameDifference`. The host that this name delegates to, or the same host with a port, is the homeserver's own; any other related name,
 * where the clues followed it, only if it leads to the same endpoints.
 */
function differenceOf(facts: Facts, inKeys: string): NameDifference | null {
  const difference = nameDifference(facts.serverName, inKeys);
  const followed = facts.clues?.keysName;
  if (difference !== "other-server-name" || followed == null || followed.name !== inKeys || isOwnHost(facts, inKeys)) return difference;
  return followed.leadsHere ? "other-server-name" : "server-name-mismatch";
}

/** The name is that of the host to which this one delegates, or of the same host, ports aside. */
function isOwnHost({ serverName, targets, route }: Facts, inKeys: string): boolean {
  const [checked, other] = [parseServerName(serverName), parseServerName(inKeys)];
  if (!checked.ok || !other.ok) return false;
  const hosts = [checked.name.dnsHost, route?.tlsName ?? "", ...targets.map(({ host }) => host)].map((host) => host.toLowerCase());
  return hosts.includes(other.name.dnsHost.toLowerCase());
}

/** The endpoints whose keys carry a name that differs in this way, grouped by that name. */
export function withOtherName(facts: Facts, difference: NameDifference): [WithKeys, ...WithKeys[]][] {
  return groupBy(
    withKeys(facts).filter(({ reading }) => differenceOf(facts, reading.serverName) === difference),
    ({ reading }) => reading.serverName,
  );
}
