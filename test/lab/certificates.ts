/**
 * Certificates for tests, the demo and the lab: an authority, intermediates, leaves with whatever fault a test needs.
 * ECDSA P-256 by default, so that making one takes a few milliseconds.
 *
 *     const root = await createAuthority();               // the same one for the whole process
 *     const ca = await root.intermediate();
 *     const site = await ca.issue({ names: ["example.test", "127.0.0.1"] });
 *     tls.createServer({ key: site.key, cert: site.chain });   // site.cert instead: the intermediate is missing
 *     createTrustStore({ extraPems: [root.pem] });
 */
import { isIP } from "node:net";
import { webcrypto } from "node:crypto";
import type { X509Certificate as Certificate, Extension, JsonName } from "@peculiar/x509";

// @peculiar/x509 refuses to load without the metadata part of Reflect (tsyringe). These three are all that it uses.
provideReflectMetadata();
const x509 = await import("@peculiar/x509");
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

export type KeyAlgorithm = "ecdsa-p256" | "rsa-2048" | "rsa-1024";
export type Hash = "SHA-256" | "SHA-1";

export interface IssueOptions {
  /** DNS names and IP addresses for subjectAltName, as they are. */
  names: string[];
  /** Default: a day ago. */
  notBefore?: Date;
  /** Default: in 90 days. */
  notAfter?: Date;
  /** Where the issuer's certificate can be had (authorityInfoAccess); false leaves it out. Default: an http URL. */
  aia?: string | false;
  /** Default: the first name. */
  commonName?: string;
  /** O and OU and so on, the most specific first: `OU=Web, O=Acme Co`. They follow the CN. */
  subjectSuffix?: string;
  /** No subjectAltName at all. */
  noSan?: boolean;
  isCa?: boolean;
  keyAlgorithm?: KeyAlgorithm;
  /** What the issuer signs with. Default: SHA-256. */
  hash?: Hash;
  /** Object identifiers; null leaves the extension out. Default: serverAuth and clientAuth. */
  extendedKeyUsage?: string[] | null;
  /** By the names of RFC 5280, 4.2.1.3. Default: no extension. */
  keyUsage?: (keyof typeof KEY_USAGES)[];
  /** More dNSName entries, whatever they are: IP addresses, stars. */
  oddDnsNames?: string[];
  /** URI entries. */
  uris?: string[];
  /** Extensions with a NULL in it, by their object identifiers. */
  critical?: string[];
}

export interface Issued {
  /** The private key, PKCS #8 PEM. */
  key: string;
  /** The leaf alone, PEM: a server with this sends no intermediate. */
  cert: string;
  /** fullchain.pem: the leaf and its intermediates, without the root. */
  chain: string;
  /** The pieces, PEM each: intermediates from the leaf's issuer upwards; the root (the leaf itself when self-signed). */
  intermediates: string[];
  root: string;
  /** The leaf, DER. */
  der: Buffer;
}

export interface AuthorityOptions {
  commonName?: string;
  notBefore?: Date;
  notAfter?: Date;
  aia?: string | false;
  /** False makes a certificate that must not certify others, and does it all the same. */
  isCa?: boolean;
  keyAlgorithm?: KeyAlgorithm;
  hash?: Hash;
  extendedKeyUsage?: string[];
  /** dNSName subtrees of nameConstraints. */
  permitted?: string[];
  excluded?: string[];
  /** CA certificates that may stand below, between it and the server's. */
  pathLength?: number;
}

export interface Authority {
  /** This authority's own certificate, PEM: the root's is what a client has to trust. */
  pem: string;
  der: Buffer;
  /** Subject, e.g. `CN=Lab Root`. */
  subject: string;
  issue(options: IssueOptions): Promise<Issued>;
  /** An authority under this one. */
  intermediate(options?: AuthorityOptions): Promise<Authority>;
  /** This authority's name and key, certified by another one (a cross-certificate), PEM. */
  crossSignedBy(other: Authority, options?: AuthorityOptions): Promise<string>;
}

type KeyPair = { privateKey: webcrypto.CryptoKey; publicKey: webcrypto.CryptoKey };

/** An authority that others may sign with; its insides. */
interface Signer {
  certificate: Certificate;
  keys: KeyPair;
  /** From this certificate upwards, without the root. Empty for a root. */
  below: string[];
  root: string;
}

const signers = new WeakMap<Authority, Signer>();
const DAY = 86_400_000;
const AIA = "http://ca.test/issuer.der";
/** Bits of RFC 5280, 4.2.1.3, the first one highest. */
const KEY_USAGES = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04 };
const BITS = { "rsa-2048": 2048, "rsa-1024": 1024 };

let shared: Promise<Authority> | undefined;

/** A root. Without options it is the process's own one, made once; with options a new one each time. */
export function createAuthority(options?: AuthorityOptions): Promise<Authority> {
  if (options !== undefined) return makeRoot(options);
  shared ??= makeRoot({});
  return shared;
}

/** A leaf that is its own issuer. */
export async function selfSigned(options: IssueOptions): Promise<Issued> {
  const keys = await generateKeys(options.keyAlgorithm);
  const certificate = await sign({ ...leafProfile(options), keys, issuer: null });
  const cert = certificate.toString("pem");
  return { key: await pemOfKey(keys), cert, chain: cert, intermediates: [], root: cert, der: Buffer.from(certificate.rawData) };
}

/** The DER forms of the certificates in a PEM text. */
export function derOf(pem: string): Buffer[] {
  return x509.PemConverter.decode(pem).map((der) => Buffer.from(der));
}

async function makeRoot(options: AuthorityOptions): Promise<Authority> {
  const keys = await generateKeys(options.keyAlgorithm);
  const certificate = await sign({ ...authorityProfile(options, "Lab Root", false), keys, issuer: null });
  return authority({ certificate, keys, below: [], root: certificate.toString("pem") });
}

function authority(signer: Signer): Authority {
  const self: Authority = {
    pem: signer.certificate.toString("pem"),
    der: Buffer.from(signer.certificate.rawData),
    subject: signer.certificate.subject,
    async issue(options) {
      const keys = await generateKeys(options.keyAlgorithm);
      const certificate = await sign({ ...leafProfile(options), keys, issuer: signer });
      const cert = certificate.toString("pem");
      return {
        key: await pemOfKey(keys),
        cert,
        chain: [cert, ...signer.below].join("\n"),
        intermediates: signer.below,
        root: signer.root,
        der: Buffer.from(certificate.rawData),
      };
    },
    async intermediate(options = {}) {
      const keys = await generateKeys(options.keyAlgorithm);
      const certificate = await sign({ ...authorityProfile(options, "Lab Intermediate", AIA), keys, issuer: signer });
      return authority({ certificate, keys, below: [certificate.toString("pem"), ...signer.below], root: signer.root });
    },
    async crossSignedBy(other, options = {}) {
      const issuer = signers.get(other);
      if (issuer === undefined) throw new Error("not an authority of this file");
      const profile = { ...authorityProfile(options, "", AIA), subject: signer.certificate.subjectName.toJSON() };
      return (await sign({ ...profile, keys: signer.keys, issuer })).toString("pem");
    },
  };
  signers.set(self, signer);
  return self;
}

interface Profile {
  subject: JsonName;
  notBefore: Date;
  notAfter: Date;
  extensions: Extension[];
  aia: string | false;
  hash: Hash;
}

function leafProfile(options: IssueOptions): Profile {
  const isCa = options.isCa ?? false;
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(isCa, undefined, true),
    ...(options.critical ?? []).map((oid) => new x509.Extension(oid, true, Uint8Array.of(5, 0))),
  ];
  if (options.extendedKeyUsage !== null)
    extensions.push(
      new x509.ExtendedKeyUsageExtension(options.extendedKeyUsage ?? [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    );
  if (options.keyUsage !== undefined) extensions.push(keyUsage(options.keyUsage.reduce((bits, name) => bits | KEY_USAGES[name], 0)));
  if (options.noSan !== true && options.names.length + (options.oddDnsNames?.length ?? 0) > 0) {
    const names = options.names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name }));
    const odd = (options.oddDnsNames ?? []).map((value) => ({ type: "dns" as const, value }));
    const uris = (options.uris ?? []).map((value) => ({ type: "url" as const, value }));
    extensions.push(new x509.SubjectAlternativeNameExtension([...names, ...odd, ...uris]));
  }
  const commonName = options.commonName ?? options.names[0] ?? "unnamed.test";
  return {
    // DER has the most general attribute first, RFC 4514 the most specific one.
    subject: [...new x509.Name(options.subjectSuffix ?? "").toJSON().reverse(), ...(commonName === "" ? [] : [{ CN: [commonName] }])],
    notBefore: options.notBefore ?? new Date(Date.now() - DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + 90 * DAY),
    extensions,
    aia: options.aia ?? AIA,
    hash: options.hash ?? "SHA-256",
  };
}

function authorityProfile(options: AuthorityOptions, commonName: string, aia: string | false): Profile {
  return {
    subject: [{ CN: [options.commonName ?? commonName] }],
    notBefore: options.notBefore ?? new Date(Date.now() - 365 * DAY),
    notAfter: options.notAfter ?? new Date(Date.now() + 3650 * DAY),
    extensions: [
      new x509.BasicConstraintsExtension(options.isCa ?? true, options.pathLength, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ...(options.extendedKeyUsage === undefined ? [] : [new x509.ExtendedKeyUsageExtension(options.extendedKeyUsage)]),
      ...(options.permitted === undefined && options.excluded === undefined ? [] : [nameConstraints(options)]),
    ],
    aia: options.aia ?? aia,
    hash: options.hash ?? "SHA-256",
  };
}

/** A BIT STRING without the zeros at its end (X.690, 11.2.2). */
function keyUsage(bits: number): Extension {
  return new x509.Extension("2.5.29.15", true, Uint8Array.of(3, 2, Math.log2(bits & -bits), bits));
}

/** RFC 5280, 4.2.1.10, with names of less than 120 characters. */
function nameConstraints({ permitted = [], excluded = [] }: AuthorityOptions): Extension {
  const tlv = (tag: number, ...contents: Buffer[]): Buffer => {
    const content = Buffer.concat(contents);
    return Buffer.concat([content.length < 128 ? Buffer.of(tag, content.length) : Buffer.of(tag, 0x81, content.length), content]);
  };
  const trees = (tag: number, names: readonly string[]): Buffer[] =>
    names.length === 0 ? [] : [tlv(tag, ...names.map((name) => tlv(0x30, tlv(0x82, Buffer.from(name)))))];
  return new x509.Extension("2.5.29.30", true, tlv(0x30, ...trees(0xa0, permitted), ...trees(0xa1, excluded)));
}

async function sign(request: Profile & { keys: KeyPair; issuer: Signer | null }): Promise<Certificate> {
  const signingKeys = request.issuer?.keys ?? request.keys;
  const extensions = [...request.extensions, await x509.SubjectKeyIdentifierExtension.create(request.keys.publicKey)];
  if (request.issuer !== null) extensions.push(await x509.AuthorityKeyIdentifierExtension.create(signingKeys.publicKey));
  if (request.aia !== false) extensions.push(new x509.AuthorityInfoAccessExtension({ caIssuers: request.aia }));
  return x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subject,
    issuer: request.issuer?.certificate.subjectName.toJSON() ?? request.subject,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: request.keys.publicKey,
    signingKey: signingKeys.privateKey,
    signingAlgorithm: { name: signingKeys.privateKey.algorithm.name, hash: request.hash },
    extensions,
  });
}

async function generateKeys(algorithm: KeyAlgorithm = "ecdsa-p256"): Promise<KeyPair> {
  const parameters =
    algorithm === "ecdsa-p256"
      ? { name: "ECDSA", namedCurve: "P-256" }
      : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: BITS[algorithm], publicExponent: Uint8Array.of(1, 0, 1) };
  return await webcrypto.subtle.generateKey(parameters, true, ["sign", "verify"]);
}

async function pemOfKey(keys: KeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

/** Positive and without a leading zero (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  return `4${Buffer.from(bytes).toString("hex").slice(1)}`;
}

function provideReflectMetadata(): void {
  if ("getMetadata" in Reflect) return;
  const store = new WeakMap<object, Map<unknown, unknown>>();
  const own = (key: unknown, target: object): unknown => store.get(target)?.get(key);
  Object.assign(Reflect, {
    defineMetadata(key: unknown, value: unknown, target: object): void {
      store.set(target, (store.get(target) ?? new Map<unknown, unknown>()).set(key, value));
    },
    getOwnMetadata: own,
    getMetadata(key: unknown, target: object): unknown {
      for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
        const value = own(key, at);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  });
}
