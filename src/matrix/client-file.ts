/**
 * `/.well-known/matrix/client` and `/.well-known/matrix/support` (Client-Server API, "Server Discovery"): how they are read, and what a
 * base URL is. Pure.
 */
import type { ClientReading, SupportReading } from "../facts/facts.ts";
import { isJsonObject, readJsonBody } from "./json-body.ts";

export const CLIENT_PATH = "/.well-known/matrix/client";
export const SUPPORT_PATH = "/.well-known/matrix/support";

const MOST_TEXT = 4096;
const MOST_VALUE = 2048;
const MOST_ITEMS = 10;

export function readClientFile(body: Buffer): ClientReading {
  const json = readJsonBody(body);
  if (!json.ok) return { kind: "not-json", problem: json.problem, position: json.position, message: json.message };
  if (!isJsonObject(json.value)) return { kind: "no-object" };
  const file = json.value;
  const text = JSON.stringify(file);
  return {
    kind: "object",
    keys: keysOf(file),
    baseUrl: textAt(file, "m.homeserver", "base_url"),
    server: textAt(file, "m.server"),
    issuer: textAt(file, "org.matrix.msc2965.authentication", "issuer"),
    rtcFoci: fociOf(own(file, "org.matrix.msc4143.rtc_foci")),
    text: text.length > MOST_TEXT ? null : text,
  };
}

export function readSupportFile(body: Buffer): SupportReading {
  const json = readJsonBody(body);
  if (!json.ok) return { kind: "not-json", problem: json.problem, position: json.position, message: json.message };
  if (!isJsonObject(json.value)) return { kind: "no-object" };
  const contacts = own(json.value, "contacts");
  const page = own(json.value, "support_page");
  return {
    kind: "object",
    contacts: listOf(contacts).slice(0, MOST_ITEMS).filter(isJsonObject).map(contactOf),
    supportPage: short(page),
    problem: supportProblem(contacts, page),
  };
}

/** Client-Server API, "GET /.well-known/matrix/support". */
function supportProblem(contacts: unknown, page: unknown): string | null {
  if (contacts === undefined && page === undefined) return "it has neither contacts nor support_page";
  if (page !== undefined && (typeof page !== "string" || !URL.canParse(page))) return "support_page is not a URL";
  if (contacts === undefined) return null;
  if (!Array.isArray(contacts)) return "contacts is not a list";
  if (contacts.length === 0 && page === undefined) return "contacts is empty, and there is no support_page";
  for (const [index, contact] of contacts.entries()) {
    const which = `contact ${index + 1}`;
    if (!isJsonObject(contact)) return `${which} is not an object`;
    if (typeof own(contact, "role") !== "string") return `${which} has no role`;
    const ways = [own(contact, "matrix_id"), own(contact, "email_address")];
    if (ways.some((way) => way !== undefined && typeof way !== "string")) return `${which} has an address that is no string`;
    if (ways.every((way) => way === undefined)) return `${which} has neither matrix_id nor email_address`;
  }
  return null;
}

function contactOf(contact: Record<string, unknown>): Extract<SupportReading, { kind: "object" }>["contacts"][number] {
  return {
    role: short(own(contact, "role")),
    matrixId: short(own(contact, "matrix_id")),
    emailAddress: short(own(contact, "email_address")),
  };
}

/** The versions in the body of `/_matrix/client/versions`; null when it has none. */
export function readVersions(body: Buffer): string[] | null {
  const json = readJsonBody(body);
  const versions = json.ok && isJsonObject(json.value) ? own(json.value, "versions") : null;
  if (!Array.isArray(versions) || !versions.every((each): each is string => typeof each === "string")) return null;
  return versions.slice(0, 50).map((each) => each.slice(0, 100));
}

/** The types of the flows in the body of `/_matrix/client/v3/login`; null when it has none. */
export function readLoginFlows(body: Buffer): string[] | null {
  const json = readJsonBody(body);
  const flows = json.ok && isJsonObject(json.value) ? own(json.value, "flows") : null;
  if (!Array.isArray(flows)) return null;
  return flows
    .slice(0, 20)
    .filter(isJsonObject)
    .flatMap((flow) => short(own(flow, "type")) ?? []);
}

/** `issuer` of OAuth 2.0 metadata (RFC 8414, 2). */
export function readIssuer(body: Buffer): string | null {
  const json = readJsonBody(body);
  return json.ok && isJsonObject(json.value) ? short(own(json.value, "issuer")) : null;
}

export function isJsonBody(body: Buffer): boolean {
  const json = readJsonBody(body);
  return json.ok && isJsonObject(json.value);
}

export type BaseUrlReading =
  | {
      ok: true;
      /** Without a final slash. */
      href: string;
      /** An IPv6 literal without brackets. */
      host: string;
      port: number;
      /** As in the Host header. */
      hostHeader: string;
      /** Without a final slash; mostly empty. */
      path: string;
    }
  | {
      ok: false;
      fault: "no-url" | "not-https" | "api-path" | "surplus";
      /** What was probably meant, or null. */
      meant: string | null;
    };

/** Clients append `/_matrix/client/…` to it, and web clients come from pages with https, which may not ask plain http (mixed content). */
export function readBaseUrl(value: string): BaseUrlReading {
  const meant = (text: string): string | null => {
    const reading = readBaseUrl(text);
    return reading.ok ? reading.href : null;
  };
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) {
    const isHost = /^[A-Za-z0-9.-]+(:\d{1,5})?\/*$/.test(value.trim()) && value.trim() !== "";
    return { ok: false, fault: "no-url", meant: isHost ? meant(`https://${value.trim()}`) : null };
  }
  const url = new URL(value);
  if (url.protocol !== "https:") {
    const isHttp = url.protocol === "http:";
    return { ok: false, fault: "not-https", meant: isHttp ? meant(`https://${url.host}${url.pathname}`) : null };
  }
  if (/\/_matrix(\/|$)/.test(url.pathname))
    return { ok: false, fault: "api-path", meant: meant(`https://${url.host}${url.pathname.replace(/\/_matrix(\/.*)?$/, "")}`) };
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "" || /[?#]/.test(value) || value.trim() !== value)
    return { ok: false, fault: "surplus", meant: meant(`https://${url.host}${url.pathname}`) };
  const path = withoutEndingSlashes(url.pathname);
  return {
    ok: true,
    href: `https://${url.host}${path}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 443 : Number(url.port),
    hostHeader: url.host,
    path,
  };
}

function keysOf(file: Record<string, unknown>): string[] {
  return Object.keys(file)
    .slice(0, MOST_ITEMS)
    .map((key) => key.slice(0, 100));
}

function fociOf(value: unknown): { type: string; url: string | null }[] {
  return listOf(value)
    .slice(0, MOST_ITEMS)
    .filter(isJsonObject)
    .map((focus) => ({ type: short(own(focus, "type")) ?? "", url: short(own(focus, "livekit_service_url")) }));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textAt(object: Record<string, unknown>, ...path: string[]): string | null {
  let at: unknown = object;
  for (const key of path) at = isJsonObject(at) ? own(at, key) : undefined;
  return short(at);
}

/** Not what an object has from its prototype. */
function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function short(value: unknown): string | null {
  return typeof value === "string" ? value.slice(0, MOST_VALUE) : null;
}

/** Not by a pattern: that would take quadratic time for a path of slashes. */
export function withoutEndingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}
