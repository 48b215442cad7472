/** What is seen of a connection: TCP, TLS and its certificates, HTTP. A part of the evidence: see facts.ts. */
import type { Excerpt, HeaderField, Outcome, Port, Time } from "./outcome.ts";

export interface TcpFacts {
  /** Address and port on this machine's side; empty under a policy. */
  localAddress: string;
}

export interface CertificateFacts {
  /** RFC 4514-like, one line: `CN=example.com, O=Example`. */
  subject: string;
  commonName: string | null;
  issuer: string;
  /** subjectAltName: dNSName entries as given, and iPAddress entries in text form. */
  dnsNames: string[];
  ipAddresses: string[];
  notBefore: Time;
  notAfter: Time;
  /** Hex, lower case, of the DER form. */
  sha256: string;
  /** issuer = subject and signed by its own key. */
  selfSigned: boolean;
  isCa: boolean;
  /** authorityInfoAccess: where the issuing certificate can be had. */
  issuerUrls: string[];
  /** Absent: not known, in evidence of older versions or when the certificate can't be read so far. */
  details?: CertificateDetails;
}

/** An entry of subjectAltName or nameConstraints (RFC 5280, 4.2.1.6). */
export interface GeneralName {
  kind: "dns" | "ip" | "email" | "uri" | "directory" | "srv" | "other";
  /**
   * As given, a character for each byte, at most 500. `ip`: in text form, in a constraint `address/mask`; hex digits when its length is
   * wrong. `directory`: hex digits of its DER form. `other`: its object identifier.
   */
  value: string;
}

export interface NameConstraints {
  permitted: GeneralName[];
  excluded: GeneralName[];
}

/** What a certificate says besides names and dates, from its DER form. Object identifiers are dotted numbers. */
export interface CertificateDetails {
  key: {
    /** `rsa`, `rsa-pss`, `ec`, `ed25519`, `ed448`, `dsa`, or the object identifier of another algorithm. */
    type: string;
    /** Of the modulus, or of the curve; null when the curve isn't known. */
    bits: number | null;
    /** `P-256` and so on, or its object identifier; null for keys without one. */
    curve: string | null;
  };
  /** By which algorithm the issuer signed it; `hash`: `sha1`, `sha256` and so on, null when the algorithm has none or isn't known. */
  signature: { algorithm: string; hash: string | null };
  /** basicConstraints has cA TRUE, whatever keyUsage says. */
  basicConstraintsCa: boolean;
  /** By the names of RFC 5280, 4.2.1.3; null without the extension. */
  keyUsage: string[] | null;
  /** Object identifiers; null without the extension: good for every purpose. */
  extendedKeyUsage: string[] | null;
  /** Object identifiers of all extensions that are marked critical. */
  criticalExtensions: string[];
  nameConstraints: NameConstraints | null;
  /** subjectAltName: all entries but the dNSName ones and the iPAddress ones of a right length. */
  otherNames: GeneralName[];
}

/** Where the certificates that a server sent lead, by this machine's trusted roots. Dates and names are not judged here. */
export interface TrustFacts {
  /** Subject of the trusted root that the chain leads to; null when it leads to none. */
  anchor: string | null;
  /** Indexes into `chain`, from the leaf to the last sent certificate that was needed. */
  path: number[];
  /** Indexes into `chain` of certificates that certify nothing in it. A root at the end is no stray. */
  strays: number[];
  /** Each sent certificate certifies the one before it (RFC 5246, 7.4.2). */
  inOrder: boolean;
  /** OpenSSL's own first complaint, e.g. `CERT_HAS_EXPIRED`; null when it has none. Never about the name. */
  verifyError: string | null;
  /** The same in OpenSSL's words, where its code says nothing (`UNSPECIFIED`). */
  verifyMessage?: string;
  /** nameConstraints of the trusted root, when it has some. */
  anchorConstraints?: NameConstraints;
  /** What came of fetching the issuers that weren't sent. Absent: that wasn't tried. */
  fetched?: FetchedIssuers;
}

/**
 * Issuers' certificates from where the last known one says that its issuer's can be had (authorityInfoAccess; RFC 5280, 4.2.2.1), one after
 * the other, upwards from the last certificate that was sent.
 */
export interface FetchedIssuers {
  certificates: { url: string; certificate: CertificateFacts }[];
  /**
   * `trusted`: they complete the chain up to a trusted root, or, where there are none, what another server of the same check sends.
   * `untrusted`: they end at a root that isn't trusted, or at a certificate that names no issuer's URL. `nothing`: the URL gives no
   * certificate of the issuer. `unknown`: this machine couldn't ask.
   */
  end: "trusted" | "untrusted" | "nothing" | "unknown";
  /** Subject of the trusted root. */
  anchor: string | null;
}

export interface TlsFacts {
  /** `TLSv1.3`, … */
  protocol: string;
  cipher: string;
  /** As sent by the server, leaf first, before anything is added from this machine's store. */
  chain: [CertificateFacts, ...CertificateFacts[]];
  trust: TrustFacts;
  /** The server asked for a client certificate (CertificateRequest). Absent: not known, in evidence of older versions. */
  asksClientCertificate?: boolean;
  /** The server's ephemeral key, where TLS 1.2 has one: `ECDH` with a curve, or `DH` with a group of so many bits. */
  ephemeralKey?: { type: string; name: string | null; bits: number | null };
}

/** One attempt at one address. */
export interface ConnectionFacts {
  address: string;
  family: 4 | 6;
  port: Port;
  tcp: Outcome<TcpFacts>;
  tls: Outcome<TlsFacts>;
}

export interface HttpFacts {
  status: number;
  /**
   * Names in lower case; repeated fields joined with ", ".
   * @maxProperties 100
   */
  headers: Record<string, HeaderField>;
  /** Bytes of the body after decoding, as far as it was read. */
  bodyBytes: number;
  /** The body was longer than what is read; `bodyBytes` is what was read. */
  truncated: boolean;
  /** The start of the decoded body as text. */
  excerpt: Excerpt;
  /** The error object of a homeserver (`errcode`, `error`), when the body is one. */
  matrixError: { errcode: Excerpt; error: Excerpt } | null;
}
