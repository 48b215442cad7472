/** Where the owner says that the route must lead (--expect-target), for the places of a fix that would hold an example. */
import type { Facts } from "../facts/facts.ts";
import { isIpLiteral } from "../facts/address.ts";
import { comparablePlace } from "../matrix/place.ts";
import { formatHostPort, parseServerName } from "../matrix/server-name.ts";
import { reachesServer } from "./endpoint-works.ts";
import { isTried } from "./found-homeserver.ts";

export interface ExpectedTarget {
  host: string;
  port: number;
  /** As it stands in `m.server`. */
  value: string;
}

/** Null: none is expected, several are, or no homeserver answered there. */
export function expectedTarget(facts: Facts): ExpectedTarget | null {
  const expected = new Set((facts.settings.expect?.targets ?? []).map((each) => comparablePlace(each)));
  const [value] = expected;
  if (expected.size !== 1 || value == null || isTried(facts, value)) return null;
  const parsed = parseServerName(value);
  if (!parsed.ok || parsed.name.port === null) return null;
  const target = facts.targets.find(({ host, port }) => formatHostPort(host.toLowerCase(), port) === value);
  const isDead =
    target !== undefined && target.endpoints.length > 0 && !target.endpoints.some((each) => reachesServer(facts, each) !== false);
  return isDead ? null : { host: value.slice(0, value.lastIndexOf(":")), port: parsed.name.port, value };
}

/** The same for an SRV record, which can't lead to an address (RFC 2782). */
export function expectedSrvTarget(facts: Facts): ExpectedTarget | null {
  const expected = expectedTarget(facts);
  return expected === null || isIpLiteral(expected.host.replace(/^\[|\]$/g, "")) ? null : expected;
}
