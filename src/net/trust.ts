/**
 * The trusted roots, and where the certificates that a server sent lead by them. Says nothing about names and dates of the sent
 * certificates.
 */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions } from "node:tls";
import type { CertificateFacts, TrustFacts } from "../facts/facts.ts";
import { isBundledRoot, readPemBundle } from "./pem.ts";
import { Anchors, bundledRoots } from "./anchors.ts";
import { ChainGraph } from "./chain-graph.ts";
import { Recent } from "./recent.ts";
import { SentCertificates } from "./sent-certificates.ts";

/** More certificates than this are never looked at; real chains have two to five. */
export const MAX_SENT = 20;
const NONE_SENT = "the server sent no certificate";
/** Chains that are remembered: those of the names that are checked at once. */
const MAX_REMEMBERED = 32;

/**
 * What Synapse offers (Twisted's default list), and TLS 1.3's suites, without which Node switches that off. Not Node's own list: what a
 * server is said to speak must not depend on this machine's Node. At security level 0 OpenSSL refuses no certificate, key or signature by
 * itself before it can be looked at; the rules do.
 */
const CIPHERS = [
  ...["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"],
  ...["ECDHE+AESGCM", "ECDHE+CHACHA20", "DHE+AESGCM", "DHE+CHACHA20", "ECDHE+AES256", "DHE+AES256", "ECDHE+AES128", "DHE+AES"],
  ...["RSA+AESGCM", "RSA+AES", "!aNULL", "!MD5", "!DSS", "@SECLEVEL=0"],
].join(":");
const EPHEMERAL_CIPHERS = ["ECDHE+AESGCM", "ECDHE+CHACHA20", "ECDHE+AES", "!aNULL", "@SECLEVEL=0"].join(":");

export interface TlsOffer {
  maxVersion?: "TLSv1.2";
  /** No cipher suite of TLS 1.2 without ECDHE. */
  ephemeralOnly?: true;
  /** False: without the roots, for a connection whose certificates aren't looked at. */
  judges?: false;
}

export interface TrustStore {
  /**
   * A context with all roots, unless nothing is to be judged by them, so that `socket.authorizationError` is OpenSSL's verdict. One for
   * each offer, shared.
   */
  secureContext(offer?: TlsOffer): SecureContext;
  /**
   * Judges the certificates that a server sent (DER, leaf first). Throws when the first one is no certificate; others that are none are
   * left out.
   * `verifyError` is passed through; `at` is the time for which expired roots don't count (default: now). The facts may be those of an
   * earlier call.
   */
  judgeChain(
    chainDer: Buffer[],
    options?: { verifyError?: string | null; verifyMessage?: string; at?: Date },
  ): { chain: [CertificateFacts, ...CertificateFacts[]]; trust: TrustFacts };
  /** Throws where `judgeChain` can't say anything: when there is no leaf, or it is no certificate. */
  refuseUnreadable(chainDer: readonly Buffer[]): void;
  /** Does now what the first connection would have to do otherwise: some 25 ms of parsing. */
  prepare(): void;
}

/**
 * Node's bundled roots and those in `extraPems`, of which each may hold many certificates.
 * Throws an Error when one of them holds none, or something that is no certificate.
 */
export function createTrustStore(options: { extraPems: string[] }): TrustStore {
  const extra = [...new Set(options.extraPems.flatMap(readPemBundle))].filter((pem) => !isBundledRoot(pem));
  const contexts = new Map<string, SecureContext>();
  const graphs = new Recent<ChainGraph>(MAX_REMEMBERED);
  const certificates = new SentCertificates(new Anchors(extra));
  let isPrepared = false;

  const secureContext = (offer: TlsOffer = {}): SecureContext => {
    const key = `${offer.maxVersion ?? ""} ${String(offer.ephemeralOnly ?? false)} ${String(offer.judges ?? true)}`;
    const known = contexts.get(key);
    if (known !== undefined) return known;
    const options: SecureContextOptions = {
      minVersion: "TLSv1.2",
      ...(offer.maxVersion === undefined && offer.ephemeralOnly === undefined ? {} : { maxVersion: "TLSv1.2" }),
      ciphers: offer.ephemeralOnly === true ? EPHEMERAL_CIPHERS : CIPHERS,
      // A given intermediate is trusted as it is, here as in Anchors.
      allowPartialTrustChain: true,
    };
    const context = offer.judges === false ? createSecureContext({ ...options, ca: [] }) : withRoots(extra, options);
    contexts.set(key, context);
    return context;
  };

  /** The connections to one address all show the same chain, and so do names that share a server. */
  const graphOf = (sent: readonly [Buffer, ...Buffer[]]): ChainGraph => {
    const hash = createHash("sha256");
    for (const der of sent) hash.update(`${der.length}:`).update(der);
    return graphs.get(hash.digest("base64"), () => new ChainGraph(sent, certificates));
  };

  return {
    secureContext,
    judgeChain(chainDer, { verifyError = null, verifyMessage, at = new Date() } = {}) {
      const [leaf, ...others] = chainDer.slice(0, MAX_SENT);
      if (leaf === undefined) throw new Error(NONE_SENT);
      const graph = graphOf([leaf, ...others]);
      return { chain: graph.facts, trust: { ...graph.judge(at), verifyError, ...(verifyMessage === undefined ? {} : { verifyMessage }) } };
    },
    refuseUnreadable([leaf]) {
      if (leaf === undefined) throw new Error(NONE_SENT);
      certificates.read(leaf);
    },
    prepare() {
      if (isPrepared) return;
      isPrepared = true;
      secureContext();
      const [[first] = []] = bundledRoots().values();
      // OpenSSL looks for its decoders when it reads the first one: 4 ms.
      void first?.certificate;
      // Node compiles its pattern of IPv6 addresses, which it holds against every name that it connects to: 4 ms, too.
      isIP("example.org");
    },
  };
}

/**
 * A context that trusts Node's roots and `extra`. Node parses its own once per process, but a `ca` list, which is the documented way, for
 * every context: 25 ms each. So the few are added to the many, as createSecureContext itself does it; where Node doesn't have that any
 * more, by the list.
 */
function withRoots(extra: readonly string[], options: SecureContextOptions): SecureContext {
  if (extra.length === 0) return createSecureContext(options);
  const context = createSecureContext(options);
  const handle = context.context as { addCACert?: (pem: string) => void } | undefined;
  if (typeof handle?.addCACert !== "function") return createSecureContext({ ...options, ca: [...rootCertificates, ...extra] });
  for (const pem of extra) handle.addCACert(pem);
  return context;
}
