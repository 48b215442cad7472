/**
 * What an implementation does where implementations differ. A model is a value: what it says of itself is all that the walk knows of it.
 * What isn't known is `unknown`, never assumed.
 */
import type { SrvService } from "../facts/way.ts";
import type { LabelFault } from "./labels.ts";

/** `measured`: its own code was run against a network; `read`: in its source; `told`: by its documentation or its users. */
export type How = "measured" | "read" | "told" | "unknown";

/** One thing that an implementation does; `is` is null when it isn't known. */
export interface Trait<T> {
  is: T | null;
  how: How;
  note?: string;
}

export function measured<T>(is: T, note?: string): Trait<T> {
  return { is, how: "measured", ...(note === undefined ? {} : { note }) };
}

export function read<T>(is: T, note?: string): Trait<T> {
  return { is, how: "read", ...(note === undefined ? {} : { note }) };
}

export function unknown(note?: string): Trait<never> {
  return { is: null, how: "unknown", ...(note === undefined ? {} : { note }) };
}

/** Kinds of `m.server` values that are no server name. */
export type ValueFault = "scheme" | "path" | "port-zero" | "port" | "bare-ipv6" | "underscore" | "whitespace" | "non-ascii" | "other";

/**
 * What comes of such a value. `used`: taken as it is, and it can work; `without-port`: the port is left out, the rest is used.
 */
export type ValueTreatment = "falls-back" | "fails" | "used" | "without-port";

export interface Homeserver {
  name: string;
  /** What the model was measured or read from. */
  versions: string;
  /** Where its source is. */
  source: string;
  wellKnown: {
    /** Empty: none is sent. */
    userAgent: Trait<string>;
    /** Milliseconds for the whole file; Infinity: it waits as long as the caller does. */
    timeoutMs: Trait<number>;
    /** No answer in time: goes on without the file, or the request that needed it is lost and only later ones go on. */
    noAnswer: Trait<"falls-back" | "loses-the-request">;
    /** Headers come and the body stalls. `fails`: every time, whatever the next step has. */
    stalledBody: Trait<"falls-back" | "loses-the-request" | "fails">;
    /** The most bytes that are read; Infinity: no limit. */
    maxBytes: Trait<number>;
    maxRedirects: Trait<number>;
    /** What a relative Location on a later hop is relative to: the URL before it, or the first one. */
    relativeRedirects: Trait<"previous" | "first">;
    statuses: Trait<"200" | "2xx" | "any">;
    contentType: Trait<"any" | "application/json">;
    /** A body in gzip that wasn't asked for. */
    unaskedEncoding: Trait<"decoded" | "fails">;
    /** Whether `M.Server` is read as `m.server`. */
    keyCase: Trait<"exact" | "any">;
    doubledKey: Trait<"last" | "falls-back">;
    afterJson: Trait<"rejected" | "ignored">;
    emptyValue: Trait<"falls-back" | "fails">;
    /** An IPv6 address in brackets without a port, which is valid. */
    ipv6WithoutPort: Trait<"used" | "fails">;
    invalidValue: Record<ValueFault, Trait<ValueTreatment>>;
  };
  /** Labels that it can't look up, in a server name or `m.server`, and in an SRV target. */
  names: { refuses: Trait<readonly LabelFault[]>; refusesInSrv: Trait<readonly LabelFault[]> };
  srv: {
    services: Trait<readonly SrvService[]>;
    /** SERVFAIL, REFUSED. `next`: as if there were no record; `default-port`: no further service is asked. */
    lookupFailed: Trait<"fails" | "next" | "default-port">;
    lookupTimeout: Trait<"fails" | "next" | "default-port">;
    /** When the first target fails: tried no other; the next when there is no connection; the next whatever fails. */
    failover: Trait<"none" | "connect" | "any">;
    order: Trait<"priority" | "as-returned">;
    throughCname: Trait<boolean>;
    targetIsAddress: Trait<"used" | "dropped">;
  };
  addresses: {
    families: Trait<"both" | "ipv4">;
    /**
     * Of several addresses: whichever connects first or next; the first one alone; IPv4 as long as there is any.
     */
    choice: Trait<"any-that-connects" | "first" | "ipv4-first">;
    /** Private and reserved ones. */
    notPublic: Trait<"drops-all" | "refused" | "literals-refused" | "asked">;
  };
  tls: {
    /** `service_identity`: the whole certificate is refused for one odd dNSName, and no wildcard covers an A-label. */
    nameCheck: Trait<"service_identity" | "plain">;
    /** A final dot of `m.server`'s host, before the certificate's names are compared. */
    finalDot: Trait<"kept" | "stripped">;
    caAsLeaf: Trait<"accepted" | "refused">;
    /** Of the leaf: one that has none of TLS' uses. */
    keyUsage: Trait<"checked" | "ignored">;
    /** RSA keys of 1024 to 2047 bits. */
    smallRsaKeys: Trait<"accepted" | "refused">;
    /** TLS 1.2 without ECDHE. */
    rsaKeyExchange: Trait<boolean>;
  };
  http: {
    /** Of the federation API; empty: none is sent. */
    userAgent: Trait<string>;
    http2: Trait<boolean>;
    hostHeader: Trait<"route" | "with-port" | "without-port">;
    /** How many redirects of a federation request are followed. */
    redirects: Trait<number>;
    contentType: Trait<"any" | "application/json">;
    unaskedEncoding: Trait<"decoded" | "fails">;
    /** Whether the version answer needs a `server` object. */
    versionNeedsServer: Trait<boolean>;
    timeoutMs: Trait<number>;
  };
  keys: {
    timeoutMs: Trait<number>;
    checksName: Trait<boolean>;
    checksValidity: Trait<boolean>;
    /** Every entry of verify_keys must have signed. */
    everyKeySigns: Trait<boolean>;
    /** Whether the form of old keys matters, too. */
    oldKeys: Trait<"decoded" | "ignored">;
    padded: Trait<"accepted" | "refused">;
    urlSafe: Trait<"accepted" | "refused">;
    /** A valid_until_ts with a fraction. */
    fractionalTime: Trait<"accepted" | "refused">;
    /** Whether keys of a server whose name is an IPv6 literal can be verified. */
    ipv6Names: Trait<boolean>;
  };
}
