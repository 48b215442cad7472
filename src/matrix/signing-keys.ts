// The signing keys that a homeserver publishes at GET /_matrix/key/v2/server (Server-Server API, "Publishing Keys"), and whether they
// signed it.
import { createPublicKey, verify } from "node:crypto";
import type { KeysReading, VerifyKey } from "../facts/facts.ts";
import { CanonicalJsonError, canonicalJson } from "./canonical-json.ts";
import { isJsonObject, readJsonBody } from "./json-body.ts";

/** More verify keys than these are neither checked nor listed. Homeservers have one or two. */
export const MAX_KEYS_CHECKED = 50;

type JsonObject = Record<string, unknown>;

/** A field of the response isn't what the specification says. */
class MalformedError extends Error {
  readonly field: string;
  readonly problem: string;

  constructor(path: readonly (string | number)[], problem: string) {
    super(`${fieldName(path)} ${problem}`);
    this.field = fieldName(path);
    this.problem = problem;
  }
}

/**
 * Reads and verifies a key response. Never throws. Dates are not judged, nor whose name it carries.
 * ed25519 keys come first in `verifyKeys`, otherwise the order is the response's. A key of another algorithm can't be verified: its problem
 * is null, and its signature `valid` can't be said, so it is `missing` whether or not one is there. That is no fault: only `ed25519:` ids
 * tell.
 */
export function readKeys(body: Buffer): KeysReading {
  const json = readJsonBody(body);
  if (!json.ok) return { kind: "not-json", message: json.message };
  try {
    const reading = readResponse(json.value);
    if (isJsonObject(json.value)) RESPONSES.set(reading, json.value);
    return reading;
  } catch (error) {
    if (error instanceof MalformedError) return { kind: "malformed", field: error.field, problem: error.problem };
    if (error instanceof CanonicalJsonError) return { kind: "malformed", field: fieldName(error.path), problem: error.message };
    throw error;
  }
}

/** Not in the evidence, of which it would be half: who needs all of a response has to ask for it while the check is young. */
const RESPONSES = new WeakMap<KeysReading, Readonly<JsonObject>>();

/** The response that keys were read from, as it came; null for what was recorded. */
export function keysResponse(reading: KeysReading): Readonly<JsonObject> | null {
  return RESPONSES.get(reading) ?? null;
}

function readResponse(value: unknown): KeysReading {
  const response = objectAt(value, []);
  const serverName = stringAt(response["server_name"], ["server_name"]);
  const validUntil = integerAt(response["valid_until_ts"], ["valid_until_ts"]);
  const keys = Object.entries(objectAt(response["verify_keys"], ["verify_keys"])).map(([id, entry]) =>
    readKeyEntry(id, entry, "verify_keys"),
  );
  const oldKeys = response["old_verify_keys"] === undefined ? {} : objectAt(response["old_verify_keys"], ["old_verify_keys"]);
  const old = Object.entries(oldKeys).map(([id, entry]) => {
    const { key, expiredTs } = readKeyEntry(id, entry, "old_verify_keys");
    integerAt(expiredTs, ["old_verify_keys", id, "expired_ts"]);
    return { id, key };
  });
  const signatures = objectAt(response["signatures"], ["signatures"]);
  const own = Object.hasOwn(signatures, serverName) ? objectAt(signatures[serverName], ["signatures", serverName]) : {};

  const message = signedBytes(response);
  const ed25519 = keys.filter(({ id }) => id.startsWith("ed25519:"));
  const others = keys.filter(({ id }) => !id.startsWith("ed25519:"));
  const verifyKeys = [...ed25519, ...others].slice(0, MAX_KEYS_CHECKED).map(({ id, key }) => checkKey(id, key, own, message));
  const oddBase64 = [...keys.filter(({ id }) => id.startsWith("ed25519:")), ...old]
    .flatMap(({ id, key }) => oddForms(key).map((problem) => ({ id, problem })))
    .slice(0, MAX_KEYS_CHECKED);
  return {
    kind: "keys",
    serverName,
    validUntil,
    verifyKeys,
    oldKeyIds: Object.keys(oldKeys).slice(0, MAX_KEYS_CHECKED),
    ...(oddBase64.length === 0 ? {} : { oddBase64 }),
  };
}

/** What is signed: canonical JSON without `signatures` and `unsigned` (Appendices, "Signing Details"). Throws CanonicalJsonError. */
function signedBytes(response: JsonObject): Buffer {
  const { signatures: _signatures, unsigned: _unsigned, ...signed } = response;
  return Buffer.from(canonicalJson(signed));
}

function checkKey(id: string, key: string, signatures: JsonObject, message: Buffer): VerifyKey {
  if (!id.startsWith("ed25519:")) return { id, problem: null, signature: "missing" };
  const bytes = decodeBase64(key);
  const signature = Object.hasOwn(signatures, id) ? signatures[id] : undefined;
  const problem = bytes === null ? "isn't base64" : bytes.length === 32 ? null : `is ${bytes.length} bytes long; an Ed25519 key has 32`;
  const known = problem === null && bytes !== null ? { key: bytes.toString("base64").replace(/=$/, "") } : {};
  if (signature === undefined) return { id, ...known, problem, signature: "missing" };
  const valid = bytes?.length === 32 && typeof signature === "string" && isSignedBy(bytes, signature, message);
  return { id, ...known, problem, signature: valid ? "valid" : "invalid" };
}

function isSignedBy(key: Buffer, signatureText: string, message: Buffer): boolean {
  const signature = decodeBase64(signatureText);
  if (signature?.length !== 64) return false;
  try {
    const publicKey = createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: key.toString("base64url") } });
    return verify(null, message, publicKey, signature);
  } catch {
    return false; // bytes that OpenSSL refuses as a key verify nothing
  }
}

/** What of a key isn't "unpadded base64" (Appendices), although it can be decoded. */
function oddForms(key: string): ("padding" | "url-safe")[] {
  if (decodeBase64(key) === null) return [];
  return [...(key.includes("=") ? ["padding" as const] : []), ...(/[-_]/.test(key) ? ["url-safe" as const] : [])];
}

/** Decodes base64 of either alphabet, padded or not, as homeservers do (Appendices, "Unpadded Base64"); null when it is none. */
function decodeBase64(text: string): Buffer | null {
  const digits = /^([A-Za-z0-9+/_-]*)={0,2}$/.exec(text)?.[1];
  if (digits === undefined || digits.length % 4 === 1) return null;
  return Buffer.from(digits, "base64"); // accepts both alphabets
}

function readKeyEntry(
  id: string,
  value: unknown,
  within: "verify_keys" | "old_verify_keys",
): { id: string; key: string; expiredTs: unknown } {
  const entry = objectAt(value, [within, id]);
  return { id, key: stringAt(entry["key"], [within, id, "key"]), expiredTs: entry["expired_ts"] };
}

function objectAt(value: unknown, path: readonly string[]): JsonObject {
  if (isJsonObject(value)) return value;
  throw new MalformedError(path, `${seen(value)} an object`);
}

function stringAt(value: unknown, path: readonly string[]): string {
  if (typeof value === "string" && value !== "") return value;
  throw new MalformedError(path, value === "" ? "is empty" : `${seen(value)} a string`);
}

function integerAt(value: unknown, path: readonly string[]): number {
  if (typeof value !== "number") throw new MalformedError(path, `${seen(value)} an integer`);
  if (!Number.isInteger(value)) throw new MalformedError(path, `is ${value}, not an integer`);
  if (!Number.isSafeInteger(value)) throw new MalformedError(path, "is an integer outside ±(2^53−1)");
  return value;
}

/** `is a number, not`, `is missing; it should be`. */
function seen(value: unknown): string {
  if (value === undefined) return "is missing; it should be";
  if (value === null) return "is null, not";
  if (Array.isArray(value)) return "is an array, not";
  return `is ${typeof value === "object" ? "an object" : `a ${typeof value}`}, not`;
}

/** `verify_keys["ed25519:a"].key`; parts are cut at 100 characters, paths at 6 parts. */
function fieldName(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the response";
  const parts = path.slice(0, 6).map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    if (/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(part)) return index === 0 ? part : `.${part}`;
    return `[${JSON.stringify(part.slice(0, 100))}]`;
  });
  return parts.join("") + (path.length > 6 ? "…" : "");
}
