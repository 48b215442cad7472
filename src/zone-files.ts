/** Zone files as a checker takes them: what stands in for DNS, and what they say besides answers. Read only when there are some. */
import type { Facts, ZoneFileFacts } from "./facts/facts.ts";
import { UsageError } from "./facts/usage-error.ts";
import type { DnsClient } from "./net/io.ts";
import type { IncludedFile, Zone } from "./zone/zone.ts";

interface ZoneText {
  file: string;
  text: string;
  origin?: string | null;
  included?: IncludedFile[];
}

export interface ZoneOptions {
  /**
   * Zone files (RFC 1035) by their texts: names inside those zones are answered from them and never asked of DNS. `origin`: the zone's
   * name, when the file doesn't say it. `included`: what its `$INCLUDE` directives name; others are refused.
   */
  zones?: ZoneText[];
  /**
   * What `zones` are compared with: the same zones as they were, or `"live"` for DNS as it is. Then reports have a `difference`, and up to
   * four more checks of the name are made.
   */
  against?: "live" | ZoneText[];
}

/** A zone file with more mistakes than this is some other file. */
const MAX_MISTAKES = 50;

/** What puts the zone files before a client; nothing without them. Their reading is loaded only when there are some. */
export async function withZoneFiles(
  files: NonNullable<ZoneOptions["zones"]>,
): Promise<{ behind: (dns: DnsClient) => DnsClient; zones: readonly Zone[] }> {
  if (files.length === 0) return { behind: (dns) => dns, zones: [] };
  const [{ parseZoneFile }, { withZones }] = await Promise.all([import("./zone/parse.ts"), import("./net/with-zone.ts")]);
  const zones = files.map(({ file, text, origin, included }) =>
    parseZoneFile(text, { file, ...(origin == null ? {} : { origin }), ...(included !== undefined && { included }) }),
  );
  return { behind: (dns) => withZones(dns, zones), zones };
}

export interface OldWorld {
  /** The files, or `live`. */
  against: string[];
  dns: DnsClient;
  zones: readonly Zone[];
}

/** DNS before the change; null when nothing is compared. */
export async function oldWorld({ zones, against }: ZoneOptions, dns: DnsClient): Promise<OldWorld | null> {
  if (against === undefined) return null;
  if (zones === undefined || zones.length === 0) throw new UsageError("against needs zones, which it is compared with");
  if (against === "live") return { against: ["live"], dns, zones: [] };
  const old = await withZoneFiles(against);
  return { against: against.map(({ file }) => file), dns: old.behind(dns), zones: old.zones };
}

/** What the files say besides answers. */
export async function zoneFileFacts(facts: Facts, zones: readonly Zone[]): Promise<ZoneFileFacts[]> {
  const [{ effectOf, usesZone }, { servicesIn }] = await Promise.all([import("./views/zone-mistakes.ts"), import("./zone/mistakes.ts")]);
  return zones.flatMap((zone) => {
    const { file, origin, mistakes } = zone;
    const weighed = mistakes.map((mistake) => ({ mistake, effect: effectOf(facts, mistake, origin) }));
    const needed = weighed.filter(({ effect }) => effect !== "none");
    // Of many zones those that have nothing to do with the name are left out.
    if (zones.length > 1 && needed.length === 0 && !usesZone(facts, origin)) return [];
    const told = new Set([...needed, ...weighed].slice(0, MAX_MISTAKES).map(({ mistake }) => mistake));
    return [{ file, origin, mistakes: mistakes.filter((mistake) => told.has(mistake)), services: servicesIn(zone).slice(0, MAX_MISTAKES) }];
  });
}
