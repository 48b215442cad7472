// How long homeservers keep a well-known (Server-Server API, "Resolving server names", note on caching; RFC 9111).

export interface CacheTime {
  /** What the headers say; 0 for `no-store` and for an Expires in the past; 24 h when they say nothing. */
  seconds: number;
  source: "no-store" | "max-age" | "expires" | "default";
  /** Seconds, within the 5 minutes to 48 hours that most homeservers keep to. */
  clamped: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DEFAULT = 24 * HOUR;
const SHORTEST = 5 * MINUTE;
const LONGEST = 48 * HOUR;
/** RFC 9111, 1.2.2: what is greater counts as this. */
const GREATEST_DELTA = 2 ** 31;

/**
 * Reads Cache-Control and Expires (`headers`: names in lower case, repeated fields joined by ", ") as Synapse does: Cache-Control over
 * Expires,
 * `s-maxage` is for shared caches and ignored, a max-age that is no number is passed over, an Expires that is no date is in the past (RFC
 * 9111, 5.3).
 */
export function wellKnownCacheSeconds(headers: Record<string, string>, now: Date): CacheTime {
  const directives = cacheDirectives(headers["cache-control"] ?? "");
  if (directives.has("no-store")) return cacheTime(0, "no-store");
  const maxAge = directives.get("max-age") ?? "";
  if (/^-?\d+$/.test(maxAge)) return cacheTime(Math.min(Math.max(Number(maxAge), 0), GREATEST_DELTA), "max-age");
  const expires = headers["expires"];
  if (expires !== undefined) {
    const at = readHttpDate(expires);
    return cacheTime(at === null ? 0 : Math.min(Math.max(Math.floor((at - now.getTime()) / 1000), 0), GREATEST_DELTA), "expires");
  }
  return cacheTime(DEFAULT, "default");
}

export interface ImplementationCache {
  implementation: string;
  /** Seconds, least and most; null when no time limits it. */
  seconds: [min: number, max: number] | null;
  note: string;
}

/** How long each implementation goes on using a well-known that it has just fetched, as read from their sources in 2026. */
export function cacheByImplementation(headers: Record<string, string>, now: Date): ImplementationCache[] {
  const time = wellKnownCacheSeconds(headers, now);
  const synapse: ImplementationCache["seconds"] =
    time.source === "default" ? [DEFAULT - DEFAULT / 10, DEFAULT + DEFAULT / 10] : [time.clamped, time.clamped];
  const conduit = Math.min(time.seconds, LONGEST);
  const family: ImplementationCache["seconds"] = [18 * HOUR, 36 * HOUR];
  return [
    { implementation: "Synapse", seconds: synapse, note: "by the headers, within 5 minutes and 48 hours; without them 24 hours ± 10 %" },
    { implementation: "Dendrite", seconds: null, note: "until every target fails" },
    { implementation: "Conduit", seconds: [conduit, conduit], note: "by the headers, at most 48 hours; without them 24 hours" },
    { implementation: "conduwuit", seconds: family, note: "whatever the headers say; kept on disk" },
    { implementation: "tuwunel", seconds: family, note: "whatever the headers say; kept on disk" },
    { implementation: "continuwuity", seconds: [DEFAULT, DEFAULT], note: "whatever the headers say" },
  ];
}

function cacheTime(seconds: number, source: CacheTime["source"]): CacheTime {
  return { seconds, source, clamped: Math.min(Math.max(seconds, SHORTEST), LONGEST) };
}

/** Directives by name in lower case, without the quotes that RFC 9111, 5.2 tolerates; of repeated ones the last, as in Synapse. */
function cacheDirectives(header: string): Map<string, string> {
  const directives = new Map<string, string>();
  // Commas inside quotes don't separate: private="a, b".
  for (const match of header.matchAll(/([^\s,;="]+)[ \t]*(?:=[ \t]*(?:"([^"]*)"|([^\s,;"]*)))?/g)) {
    directives.set((match[1] ?? "").toLowerCase(), (match[2] ?? match[3] ?? "").trim());
  }
  return directives;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * The first date of an Expires field in any of the three forms of RFC 9110, 5.6.7, in milliseconds since the epoch; null when it is none.
 */
function readHttpDate(text: string): number | null {
  const time = String.raw`(\d{2}):(\d{2}):(\d{2})`;
  const usual = new RegExp(String.raw`^\s*[a-z]{3,9},\s+(\d{1,2})[ -]([a-z]{3})[ -](\d{4}|\d{2})\s+${time}\s+GMT(?:\s*,|\s*$)`, "i").exec(
    text,
  );
  if (usual !== null) return utc(usual[3], usual[2], usual[1], usual[4], usual[5], usual[6]);
  const asctime = new RegExp(String.raw`^\s*[a-z]{3}\s+([a-z]{3})\s+(\d{1,2})\s+${time}\s+(\d{4})(?:\s*,|\s*$)`, "i").exec(text);
  if (asctime !== null) return utc(asctime[6], asctime[1], asctime[2], asctime[3], asctime[4], asctime[5]);
  return null;
}

function utc(year: string | undefined, month: string | undefined, ...rest: (string | undefined)[]): number | null {
  const monthIndex = MONTHS.indexOf((month ?? "").toLowerCase());
  const [day = NaN, hour = NaN, minute = NaN, second = NaN] = rest.map(Number);
  // Two digits are RFC 850's; homeservers send none from before 1970.
  const fullYear = year?.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year);
  const at = Date.UTC(fullYear, monthIndex, day, hour, minute, second);
  const dayExists = new Date(Date.UTC(fullYear, monthIndex, day)).getUTCDate() === day;
  const valid = monthIndex !== -1 && dayExists && hour < 24 && minute < 60 && second <= 60;
  return valid ? at : null;
}
