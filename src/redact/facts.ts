/** Facts with stand-ins for everything that tells who and where, but the checked name. They judge as the originals do. Pure. */
import type { Facts } from "../facts/facts.ts";
import { parseServerName } from "../matrix/server-name.ts";
import { Redactor } from "./redactor.ts";

/** Words of this program and of protocols, times, object identifiers. */
const KEPT = new Set([
  "status", "because", "kind", "via", "specStep", "service", "role", "transport", "rcode", "type", "protocol", "cipher", "alert", "startedAt",
  "notBefore", "notAfter", "verifyError", "verifyMessage", "curve", "hash", "algorithm", "scheme", "stopped", "method", "named", "userAgent",
  "registry", "criticalExtensions", "extendedKeyUsage", "keyUsage", "version", "versions", "flows", "keys", "errcode", "code", "signature",
  "near", "alike", "answeredTo", "suffix", "field",
]); // prettier-ignore
const HOSTS = new Set([
  "host",
  "tlsName",
  "target",
  "base",
  "apex",
  "withoutAddress",
  "keysName",
  "dnsNames",
  "domain",
  "asked",
  "nameserver",
  "origin",
  "commonName",
  "serverName",
]);
const ADDRESSES = new Set(["address", "addresses", "ipAddresses"]);
/** Fields of a header that say what a server is and does, and not whose it is. All others may be a session's, or a cache's own name. */
const HEADERS = new Set([
  "accept-ranges", "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
  "access-control-allow-origin", "access-control-expose-headers", "access-control-max-age", "age", "allow", "alt-svc", "cache-control",
  "cf-mitigated", "connection", "content-encoding", "content-language", "content-length", "content-type", "date", "expires", "keep-alive",
  "last-modified", "location", "pragma", "referrer-policy", "retry-after", "server", "strict-transport-security", "transfer-encoding",
  "upgrade", "vary", "via", "www-authenticate", "x-content-type-options", "x-frame-options", "x-powered-by", "x-xss-protection",
]); // prettier-ignore
/** Where resolvers are asked over HTTPS (RFC 8484, 4.1.1). */
const USUAL_QUERY = "/dns-query";
/** Where every machine has it. */
const USUAL_PATHS = ["/etc/hosts", "C:\\Windows\\System32\\drivers\\etc\\hosts"];

export function redactorOf(serverName: string, all: boolean): Redactor {
  const parsed = parseServerName(serverName);
  return new Redactor(parsed.ok ? parsed.name.dnsHost : serverName, all);
}

export function redactFacts(facts: Facts, redactor: Redactor, all: boolean): Facts {
  hideWords(facts, redactor);
  const walk = (value: unknown, key: string, parent: string): unknown => {
    if (typeof value === "string") return one(value, key, parent, redactor);
    if (Array.isArray(value)) return value.map((item) => walk(item, key, parent));
    if (typeof value !== "object" || value === null) return value;
    if (key === "headers") return headers(value as Record<string, string>, redactor);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name, key)]));
  };
  const made = walk(facts, "", "") as Facts;
  if (!all) made.serverName = facts.serverName;
  else if (parseServerName(facts.serverName).ok) made.serverName = redactor.host(facts.serverName);
  return {
    ...made,
    redacted: { addresses: redactor.addresses, ...(all && redactor.isPublicName ? { publicName: true as const } : {}) },
  };
}

/** What no pattern finds: ids of keys, and paths on this machine. */
function hideWords(value: unknown, redactor: Redactor, key = "", parent = ""): void {
  if (Array.isArray(value)) for (const item of value) hideWords(item, redactor, key, parent);
  else if (typeof value === "object" && value !== null)
    for (const [name, item] of Object.entries(value)) hideWords(item, redactor, name, key);
  if (typeof value !== "string") return;
  // Names that no pattern would take for some.
  if (HOSTS.has(key) && value.includes(".") && redactor.text(value) === value && redactor.host(value) !== value)
    redactor.hide(value, redactor.host(value));
  if (key === "resolver") hideProfile(value, redactor);
  if (isKeyId(key, parent)) redactor.hide(value, keyId(value, redactor));
  if (isPath(key, parent) && value !== "" && !USUAL_PATHS.includes(value)) redactor.hide(value, `file-${redactor.hidden + 1}`);
}

function isKeyId(key: string, parent: string): boolean {
  return (key === "id" && (parent === "verifyKeys" || parent === "oddBase64")) || key === "oldKeyIds";
}

function isPath(key: string, parent: string): boolean {
  return key === "file" || (key === "name" && parent === "file") || (key === "path" && parent === "hostsFile");
}

/** `ed25519:a_Xy12`: what kind of key it is stays. */
function keyId(id: string, redactor: Redactor): string {
  const [, algorithm = ""] = /^([a-z0-9]+:)/.exec(id) ?? [];
  return `${algorithm}key_${redactor.hidden + 1}`;
}

/** `CN=matrix.example.com, O=Example`: a common name as the field of that name has it. What has escapes is a text. */
function distinguishedName(value: string, redactor: Redactor): string {
  return value
    .split(/(?<=(?:^|, )CN=)([^,\\]+)(?=, |$)/)
    .map((part, index) => (index % 2 === 1 ? redactor.host(part) : redactor.text(part)))
    .join("");
}

/** `1.152.0 (b=develop,abc)`: what is behind the number may say anything. */
function serverVersion(value: string, redactor: Redactor): string {
  const [number = ""] = /^\S*/.exec(value) ?? [];
  return number + redactor.text(value.slice(number.length));
}

/** A resolver's URL, whose path may be a user's profile: hidden wherever it stands. */
function hideProfile(resolver: string, redactor: Redactor): void {
  const [url, host = "", path] = /^(https:\/\/[^/?]+)(\/[^?]+)/.exec(resolver) ?? [];
  if (url !== undefined && path !== USUAL_QUERY) redactor.hide(url, redactor.text(host) + USUAL_QUERY);
}

function one(value: string, key: string, parent: string, redactor: Redactor): string {
  const isOfServer = parent === "server" || parent === "serverToOthers";
  if (key === "version" && isOfServer) return serverVersion(value, redactor);
  if (key === "subject" || key === "issuer") return distinguishedName(value, redactor);
  if (KEPT.has(key) || (key === "name" && isOfServer) || (key === "path" && parent !== "hostsFile")) return value;
  if (ADDRESSES.has(key)) return redactor.address(value);
  if (key === "resolver") return redactor.text(value.replace(/^(https:\/\/[^/]+\/).+$/, "$1dns-query"));
  if (key === "sha256" || (key === "key" && parent === "verifyKeys")) return redactor.long(value);
  // No longer than what is read again.
  if (key === "excerpt" || key === "error" || key === "errcode") return redactor.text(value).slice(0, 512);
  return HOSTS.has(key) || key === "name" ? redactor.host(value) : redactor.text(value);
}

function headers(fields: Record<string, string>, redactor: Redactor): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, HEADERS.has(name) ? redactor.text(value).slice(0, 2048) : "redacted"]),
  );
}

/** Every string in it, whatever it is, by the patterns alone. */
export function redactTexts<T>(value: T, redactor: Redactor): T {
  if (typeof value === "string") return redactor.text(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => redactTexts(item, redactor)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactTexts(item, redactor)])) as T;
}
