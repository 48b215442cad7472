/**
 * Names and types that are almost those of Matrix' SRV record (`_matrix-fed._tcp`, `_matrix._tcp`): nobody asks for them, and so nothing
 * would be said of them. Pure.
 */
import { SRV_SERVICES } from "../facts/way.ts";
import { foldName, isWithin, parentOf } from "./names.ts";
import { editDistance } from "./spelling.ts";
import type { ZoneRecord } from "./zone.ts";

/** The one to publish. */
const CURRENT = "_matrix-fed._tcp";
/** Other names that srv/wrong-service knows, or that mean something else. */
const OTHERS = ["_matrix-identity._tcp", "_matrix-fed._udp", "_matrix._udp", "_matrix-federation._tcp"];
const WORDS = ["matrix-fed", "matrixfed", "matrix"];
const FED = /fed/;

/** The service and the name below which it stands, of a name that is asked for. */
export function serviceOf(name: string): { service: string; base: string } | null {
  const folded = foldName(name);
  const service = SRV_SERVICES.find((each) => folded === each || folded.startsWith(`${each}.`));
  return service === undefined ? null : { service, base: folded.slice(service.length + 1) };
}

/** The absolute name that was probably meant, when the record's name or type is almost right. `origin` and names are folded. */
export function nearMiss(record: ZoneRecord, mnemonic: string, origin: string): string | null {
  const name = foldName(record.name);
  // A wildcard answers for the names that are asked for.
  if (name.split(".").includes("*")) return null;
  const exact = serviceOf(name);
  if (exact !== null) {
    // `_matrix-fed._tcp.` with a final dot that is too many.
    if (exact.base === "") return mnemonic === "SRV" ? `${exact.service}.${origin}` : null;
    return mnemonic === "TXT" || mnemonic === "A" || mnemonic === "AAAA" || mnemonic === "MX" ? name : null;
  }
  if (OTHERS.some((each) => name === each || name.startsWith(`${each}.`))) return null;
  const found = prefixOf(name, mnemonic) ?? withoutService(record, name);
  if (found === null) return null;
  const isInside = isWithin(name, origin);
  const base = found.rest === "" ? origin : isInside && !isWithin(found.rest, origin) ? origin : found.rest;
  return `${CURRENT}.${base}`;
}

/** What follows the labels that look like the service's. */
function prefixOf(name: string, mnemonic: string): { rest: string } | null {
  const [first, second, third] = labels(name);
  if (first === undefined) return null;
  const isSrv = mnemonic === "SRV";
  if (!isSrv && mnemonic !== "TXT" && mnemonic !== "CNAME") return null;
  const hasUnderscore = first.includes("_") || (second ?? "").includes("_");
  // What isn't an SRV record is one only by its name.
  if (!isSrv && !hasUnderscore) return null;
  const after = (count: number): { rest: string } => ({ rest: below(name, count) });
  // `_matrix._fed._tcp`
  if (
    second !== undefined &&
    third !== undefined &&
    isService(`${bare(first)}-${bare(second)}`) &&
    FED.test(second) &&
    isProtocol(third, true)
  )
    return after(3);
  if (second !== undefined && isService(bare(first)) && isProtocol(second, true)) return after(2);
  // `_tcp._matrix-fed`
  if (second !== undefined && isService(bare(second)) && isProtocol(first, false) && first.includes("_")) return after(2);
  // `_matrix-fed-tcp`, `_matrix_tcp`, `_matrix-fed\._tcp`
  const joined = /^(.*)(?:\\[.]|[-_])(?:tcp|udp|tls|https)$/.exec(bare(first));
  if (joined?.[1] !== undefined && isService(bare(withoutSeparators(joined[1])))) return after(1);
  // Without the protocol: only an SRV record says that it is meant.
  return isSrv && isService(bare(first)) ? after(1) : null;
}

/** An SRV record to the federation's port, without a service or with `_tcp` only. */
function withoutService(record: ZoneRecord, name: string): { rest: string } | null {
  if (record.type !== "SRV" || record.data.port !== 8448) return null;
  const [first = ""] = labels(name);
  if (isProtocol(first, false)) return { rest: below(name, 1) };
  return first.startsWith("_") ? null : { rest: name };
}

function labels(name: string): (string | undefined)[] {
  const found: string[] = [];
  let rest: string | null = name;
  while (rest !== null && rest !== "." && found.length < 3) {
    const parent: string | null = parentOf(rest);
    found.push(parent === null || parent === "." ? rest : rest.slice(0, rest.length - parent.length - 1));
    rest = parent === "." ? null : parent;
  }
  return found;
}

/** The name without its first labels; empty for none. */
function below(name: string, count: number): string {
  let rest: string | null = name;
  for (let at = 0; at < count && rest !== null; at++) rest = parentOf(rest);
  return rest === null || rest === "." ? "" : rest;
}

/** Without underscores at the edges, and with hyphens where underscores or spaces (`\\032`) stand inside. */
function bare(label: string): string {
  return label
    .replace(/\\032/g, "-")
    .replace(/^[_-]{1,5}|[_-]{1,5}$/g, "")
    .replace(/_/g, "-");
}

function isService(word: string): boolean {
  if (word.length < 4 || word.length > 20) return false;
  if (/^(?:matrix-)?(?:federation|identity|rtc|push|client|vhost|admin|s2s|turn|stun)$/.test(word) && word !== "matrix-federation")
    return false;
  return word === "matrix-federation" || WORDS.some((each) => editDistance(word, each, 2) <= (each === "matrix" ? 1 : 2));
}

function isProtocol(label: string, others: boolean): boolean {
  const word = bare(label);
  if (word === "tcp" || (others && (word === "udp" || word === "tls" || word === "https"))) return true;
  return label.includes("_") && word.length >= 2 && word.length <= 4 && editDistance(word, "tcp", 1) <= 1;
}

/** Without what separates it from what followed: `-`, `_`, `\.`. */
function withoutSeparators(text: string): string {
  let end = text.length;
  for (;;) {
    if (text.endsWith("\\.", end)) end -= 2;
    else if (end > 0 && "-_".includes(text.charAt(end - 1))) end--;
    else return text.slice(0, end);
  }
}
