/** What stands in an SRV target beside, or instead of, a host name. */
import { isIpLiteral } from "../facts/address.ts";
import { parse } from "../facts/public-suffix-list.ts";
import { isBelowPrivateSuffix } from "../facts/special-use.ts";

export interface SrvTargetMistake {
  part: "scheme" | "path" | "port";
  /** The host name that was probably meant, or null. */
  host: string | null;
  /** The port that was written into the target, or null. */
  port: number | null;
}

/**
 * Null for a host name and for an IP address. `target` is in presentation form, so a backslash may stand before a character. `base`: the
 * name whose records these are, for the host that was meant: its zone may have been appended.
 */
export function srvTargetMistake(target: string, base = ""): SrvTargetMistake | null {
  const text = target.replace(/\\([^0-9])/g, "$1");
  if (isIpLiteral(text)) return null;
  const scheme = /^[a-z][a-z0-9+.-]*:\/+/i.exec(text)?.[0] ?? "";
  const rest = text.slice(scheme.length);
  const slash = rest.search(/[/?#]/);
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  // What stands behind a port is only the zone's name.
  const [, host = authority, digits] = /^([^:]*):([0-9]*)(?:\.[^:]*)?$/.exec(authority) ?? [];
  const part = scheme !== "" ? "scheme" : slash !== -1 ? "path" : digits !== undefined || authority.includes(":") ? "port" : null;
  if (part === null) return null;
  const written = host.replace(/\.$/, "");
  const name = withoutAppendedZone(written, base) ?? written;
  const isName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name) && !isIpLiteral(name);
  const port = Number(digits ?? "");
  return { part, host: isName ? name : null, port: port >= 1 && port <= 65535 ? port : null };
}

/**
 * `hs.example.net.example.com` in the zone of example.com: the name that was meant, if the zone's was appended because the final dot is
 * missing. A mere possibility (`hs.dev.example.com` may be meant as it stands). `base`: the name whose records these are.
 */
export function withoutAppendedZone(target: string, base: string): string | null {
  const labels = base.toLowerCase().split(".");
  const host = target.toLowerCase();
  for (let from = 0; from < labels.length - 1; from++) {
    const zone = `.${labels.slice(from).join(".")}`;
    if (!host.endsWith(zone)) continue;
    const before = host.slice(0, -zone.length);
    const { domain, isIcann, isPrivate } = parse(before);
    if ((domain !== null && (isIcann === true || isPrivate === true)) || isBelowPrivateSuffix(before)) return before;
  }
  return null;
}
