// A homeserver's signing key for tests: makes key responses that are right, and ones that are wrong in a chosen way.
// Signs with node:crypto over its own plain sorting, so that src/matrix is not tested against itself.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

type JsonObject = Record<string, unknown>;

export interface KeyResponseOverrides {
  /** `valid_until_ts`; the default is a day from now. */
  validUntil?: Date | number;
  /** Another `server_name`; the response is signed under it. */
  serverName?: string;
  /** More keys of the same server that sign too: their ids without `ed25519:`. */
  moreKeys?: string[];
  /** Keys that are published but don't sign. */
  unsignedKeys?: string[];
  /** Keys that no longer sign. */
  oldKeys?: { id: string; expired: Date | number }[];
  /** Flip a bit of the signatures of these key ids (`ed25519:…`); `true` means all. */
  badSignature?: boolean | string[];
  /** The keys in another form than unpadded base64 of the standard alphabet; the seeds are chosen so that the alphabet shows. */
  keyForm?: "padded" | "url-safe";
  /** Fields to add or replace before signing; `undefined` removes one. */
  fields?: JsonObject;
  /** Fields to add or replace after signing, which breaks the signatures of signed ones; `undefined` removes one. */
  afterSigning?: JsonObject;
}

export interface Signer {
  serverName: string;
  /** `ed25519:a_test` by default. */
  keyId: string;
  /** Unpadded base64. */
  publicKey: string;
  /** The answer to GET /_matrix/key/v2/server. */
  keyResponse(overrides?: KeyResponseOverrides): JsonObject;
  /** Adds this server's signature to `signatures`. */
  signJson(object: JsonObject): JsonObject;
}

/** The same server name and key id always give the same key, so that several endpoints can be one homeserver. */
export function createSigner(serverName: string, options: { keyId?: string; seed?: Buffer } = {}): Signer {
  const keyId = options.keyId ?? "ed25519:a_test";
  const own = keyPair(options.seed ?? seedFor(serverName, keyId));

  function keyResponse(overrides: KeyResponseOverrides = {}): JsonObject {
    const name = overrides.serverName ?? serverName;
    const signing = new Map([[keyId, own], ...(overrides.moreKeys ?? []).map((id) => namedPair(serverName, `ed25519:${id}`))]);
    const silent = new Map((overrides.unsignedKeys ?? []).map((id) => namedPair(serverName, `ed25519:${id}`)));
    const old = (overrides.oldKeys ?? []).map(({ id, expired }) => {
      const [oldId, pair] = namedPair(serverName, `ed25519:${id}`);
      return [oldId, { key: pair.publicKey, expired_ts: Number(expired) }];
    });
    let response: JsonObject = withFields(
      {
        server_name: name,
        valid_until_ts: Number(overrides.validUntil ?? Date.now() + 24 * 60 * 60 * 1000),
        verify_keys: Object.fromEntries(
          [...signing, ...silent].map(([id, pair]) => [id, { key: formed(pair.publicKey, overrides.keyForm) }]),
        ),
        old_verify_keys: Object.fromEntries(old),
      },
      overrides.fields ?? {},
    );
    const bad = overrides.badSignature ?? false;
    const signatures = [...signing].map(([id, pair]) => {
      const signature = signatureOf(response, pair.privateKey);
      if (bad === true || (Array.isArray(bad) && bad.includes(id))) signature[0] = (signature[0] ?? 0) ^ 1;
      return [id, unpadded(signature)];
    });
    response = { ...response, signatures: { [name]: Object.fromEntries(signatures) } };
    return withFields(response, overrides.afterSigning ?? {});
  }

  function signJson(object: JsonObject): JsonObject {
    const before = (object["signatures"] ?? {}) as Record<string, JsonObject>;
    const mine = { ...before[serverName], [keyId]: unpadded(signatureOf(object, own.privateKey)) };
    return { ...object, signatures: { ...before, [serverName]: mine } };
  }

  return { serverName, keyId, publicKey: own.publicKey, keyResponse, signJson };
}

function formed(key: string, form: KeyResponseOverrides["keyForm"]): string {
  if (form === "padded") return `${key}=`;
  return form === "url-safe" ? key.replaceAll("+", "-").replaceAll("/", "_") : key;
}

interface KeyPair {
  privateKey: KeyObject;
  /** Unpadded base64. */
  publicKey: string;
}

function namedPair(serverName: string, id: string): [string, KeyPair] {
  return [id, keyPair(seedFor(serverName, id))];
}

function seedFor(serverName: string, id: string): Buffer {
  return createHash("sha256").update(`${serverName} ${id}`).digest();
}

/** The PKCS #8 form of an Ed25519 seed (RFC 8410, 7) is a fixed prefix and the 32 bytes. */
function keyPair(seed: Buffer): KeyPair {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: unpadded(spki.subarray(-32)) };
}

function signatureOf(object: JsonObject, key: KeyObject): Buffer {
  const { signatures: _signatures, unsigned: _unsigned, ...signed } = object;
  return sign(null, Buffer.from(JSON.stringify(sorted(signed))), key);
}

/** Keys in order; JSON.stringify keeps it for keys that aren't array indexes. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const object = value as JsonObject;
  return Object.fromEntries(
    Object.keys(object)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((key) => [key, sorted(object[key])]),
  );
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

function withFields(object: JsonObject, fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...object, ...fields }).filter(([, value]) => value !== undefined));
}
