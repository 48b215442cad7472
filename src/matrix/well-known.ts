// What the body of /.well-known/matrix/server says, and what is wrong with an m.server that is no server name.
// Server-Server API, "GET /.well-known/matrix/server".
import type { WellKnownReading } from "../facts/facts.ts";
import { isDoubledKey, isJsonObject, readJsonBody } from "./json-body.ts";
import { parseServerName } from "./server-name.ts";
import type { ServerName, ServerNameFault } from "./server-name.ts";

const KEYS_SHOWN = 10;
const KEY_LENGTH_SHOWN = 100;

/** Reads the decoded body of a 200 answer, whatever its Content-Type. Never throws. */
export function readWellKnown(body: Buffer): WellKnownReading {
  const json = readJsonBody(body);
  if (!json.ok) return { kind: "not-json", problem: json.problem, position: json.position, message: json.message };
  if (!isJsonObject(json.value)) return { kind: "no-m-server", problem: "not-an-object", keys: [], near: null, nearValue: null };

  const document = json.value;
  const value = Object.hasOwn(document, "m.server") ? document["m.server"] : undefined;
  if (typeof value === "string" && value !== "")
    return { kind: "m.server", value, ...(isDoubledKey(body.toString("utf8"), "m.server") ? { doubled: true as const } : {}) };
  return {
    kind: "no-m-server",
    problem: value === undefined ? "missing" : value === "" ? "empty" : "not-a-string",
    keys: Object.keys(document)
      .slice(0, KEYS_SHOWN)
      .map((key) => key.slice(0, KEY_LENGTH_SHOWN)),
    ...nearKey(document),
  };
}

/** A key that was probably meant to be m.server; after that m.homeserver, by which the client file is recognised. */
function nearKey(document: Record<string, unknown>): { near: string | null; nearValue: string | null } {
  for (const [key, value] of Object.entries(document)) {
    // "M.SERVER", "m_server", "mserver", "m.server " …: the same letters.
    if (key !== "m.server" && key.length <= KEY_LENGTH_SHOWN && key.toLowerCase().replace(/[^a-z]/g, "") === "mserver") {
      return { near: key, nearValue: typeof value === "string" ? value : null };
    }
  }
  if (!Object.hasOwn(document, "m.homeserver")) return { near: null, nearValue: null };
  const homeserver = document["m.homeserver"];
  const url = isJsonObject(homeserver) && Object.hasOwn(homeserver, "base_url") ? homeserver["base_url"] : null;
  return { near: "m.homeserver", nearValue: typeof url === "string" ? url : null };
}

export type DelegatedNameFault = "scheme" | "path" | "port" | "bare-ipv6" | "underscore" | "whitespace" | "user-id" | "other";

export type DelegatedNameReading =
  | { ok: true; name: ServerName }
  | {
      ok: false;
      fault: DelegatedNameFault;
      /** One sentence that names what breaks the grammar. */
      problem: string;
      /** The valid value that was probably meant, or null. */
      corrected: string | null;
    };

/** Reads the value of m.server: a server name, or what is wrong with it. */
export function readDelegatedName(value: string): DelegatedNameReading {
  const parsed = parseServerName(value);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    fault: delegatedFault(parsed.fault),
    problem: parsed.problem,
    corrected: correct(value, parsed.meant),
  };
}

/** The name that was probably meant by a value that is none; null for a valid one, and when it can't be told. */
export function meantBy(value: string): ServerName | null {
  const reading = readDelegatedName(value);
  if (reading.ok || reading.corrected === null) return null;
  const meant = parseServerName(reading.corrected);
  return meant.ok ? meant.name : null;
}

function delegatedFault(fault: ServerNameFault): DelegatedNameFault {
  return fault === "empty" || fault === "non-ascii" ? "other" : fault;
}

/** Who writes `https://host` means port 443; an m.server without a port means SRV and then 8448. */
function correct(value: string, meant: string | null): string | null {
  if (meant === null || !/^\s*https?:\//i.test(value) || /^\s*https?:\/+matrix\.to\//i.test(value)) return meant;
  const name = parseServerName(meant);
  return name.ok && name.name.port === null ? `${meant}:443` : meant;
}
