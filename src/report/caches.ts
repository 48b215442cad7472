/**
 * When a change that is made now is seen by whom: what resolvers and homeservers go on using, and until when. Pure.
 * TTLs as the nameservers give them where they could be asked, else what is left of them in the resolver.
 */
import type { Facts } from "../facts/facts.ts";
import { judgedAt } from "../views/outcome.ts";
import { cacheByImplementation } from "../matrix/cache-time.ts";
import type { Cache } from "../facts/output.ts";
import { resolvedSets, zoneQuestions, type Resolved } from "../views/nameserver-words.ts";
import { isValid, seenBy } from "../views/well-known-read.ts";

const HOUR = 60 * 60;
/** What these keep of DNS by themselves, whatever the TTL says (read from their sources in 2026). */
const KEEPS_DNS = "conduwuit, tuwunel, continuwuity";
const KEEPS_RECORDS = 3 * HOUR;
const KEEPS_NXDOMAIN = 72 * HOUR;
/** Synapse remembers for so long that there is no valid well-known. */
const KEEPS_NO_WELL_KNOWN = HOUR;

/** In the order in which a homeserver asks: well-known, SRV, addresses. `files`: as if what zone files say were published. */
export function cachesOf(facts: Facts, { files = false }: { files?: boolean } = {}): Cache[] {
  const at = judgedAt(facts);
  const resolved = resolvedSets(facts, { files });
  const inOrder = [...resolved.filter(({ type }) => type === "SRV"), ...resolved.filter(({ type }) => type !== "SRV")];
  return [...wellKnownCaches(facts, at), ...inOrder.flatMap((each) => dnsCaches(facts, each, resolved, at))];
}

function wellKnownCaches(facts: Facts, at: Date): Cache[] {
  const seen = seenBy(facts);
  const [valid] = seen.filter(isValid);
  const [first] = seen;
  if (valid !== undefined) {
    return cacheByImplementation(valid.response?.headers ?? {}, at).map(({ implementation, seconds, note }) =>
      cache("well-known", valid.url, seconds, at, implementation, note),
    );
  }
  return first?.response == null
    ? []
    : [cache("no well-known", first.url, [0, KEEPS_NO_WELL_KNOWN], at, "Synapse", "failures are kept for about an hour")];
}

function dnsCaches(facts: Facts, { name, type, set, resolver }: Resolved, resolved: readonly Resolved[], at: Date): Cache[] {
  const isThere = set.records.length > 0;
  // A host without IPv6 is nothing that somebody waits for.
  if (!isThere && type !== "SRV" && resolved.some((other) => other.name === name && other.type !== type && other.set.records.length > 0))
    return [];
  const left = isThere ? set.ttl : set.negativeTtl;
  const said = zoneQuestions(facts).find((question) => question.name === name && question.type === type)?.said ?? [];
  const whole = said.flatMap(({ set: { records, ttl, negativeTtl } }) =>
    records.length > 0 === isThere ? ((isThere ? ttl : negativeTtl) ?? []) : [],
  );
  const most = Math.max(left ?? 0, ...whole);
  const what = `${isThere ? "" : "no "}${set.records[0]?.startsWith("CNAME ") === true ? "CNAME" : type} record`;
  const keeps = isThere ? KEEPS_RECORDS : set.rcode === "NXDOMAIN" ? KEEPS_NXDOMAIN : null;
  return [
    ...(left === null && whole.length === 0
      ? []
      : [
          cache(
            what,
            name,
            [Math.min(left ?? most, most), most],
            at,
            "resolvers",
            whole.length > 0 || resolver.startsWith("zone file ")
              ? "by the TTL that the nameservers give"
              : "by what the resolver has left of the TTL",
          ),
        ]),
    ...(keeps === null
      ? []
      : [cache(what, name, [Math.max(keeps, most), Math.max(keeps, most)], at, KEEPS_DNS, "at least, whatever the TTL says")]),
  ];
}

function cache(what: string, name: string, seconds: Cache["seconds"], at: Date, whom: string, note: string): Cache {
  const end = seconds === null ? NaN : at.getTime() + seconds[1] * 1000;
  return { what, name, seconds, until: Number.isNaN(end) || end > 8.64e15 ? null : new Date(end).toISOString(), whom, note };
}
