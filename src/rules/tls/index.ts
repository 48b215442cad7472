/** The rules of the step tls. */
import type { Rule } from "../rule.ts";
import { caAsLeaf } from "./ca-as-leaf.ts";
import { clientCertificate } from "./client-certificate.ts";
import { criticalExtension } from "./critical-extension.ts";
import { defaultCertificateRule } from "./default-certificate.ts";
import { differs } from "./differs.ts";
import { expired } from "./expired.ts";
import { expiring } from "./expiring.ts";
import { handshake } from "./handshake.ts";
import { http2Only } from "./http2-only.ts";
import { incompleteChain } from "./incomplete-chain.ts";
import { ipAsDnsName } from "./ip-as-dns-name.ts";
import { nameConstraints } from "./name-constraints.ts";
import { nameIsServerName } from "./name-is-server-name.ts";
import { nameIsSrvTarget } from "./name-is-srv-target.ts";
import { nameMismatch } from "./name-mismatch.ts";
import { noSan } from "./no-san.ts";
import { notYetValid } from "./not-yet-valid.ts";
import { oddSan } from "./odd-san.ts";
import { oldKeyExchange } from "./old-key-exchange.ts";
import { oldProtocol } from "./old-protocol.ts";
import { onlyTls13 } from "./only-tls13.ts";
import { plainHttp } from "./plain-http.ts";
import { refused } from "./refused.ts";
import { selfSigned } from "./self-signed.ts";
import { tlsTimeout } from "./timeout.ts";
import { untrustedCa } from "./untrusted-ca.ts";
import { weakKey } from "./weak-key.ts";
import { weakSignature } from "./weak-signature.ts";
import { wildcardIdn } from "./wildcard-idn.ts";
import { wrongChain } from "./wrong-chain.ts";
import { wrongPurpose } from "./wrong-purpose.ts";

/** The order decides which of several causes is named, and how findings of one severity are listed. */
export const tlsRules: readonly Rule[] = [
  plainHttp,
  clientCertificate,
  handshake,
  tlsTimeout,
  oldProtocol,
  nameIsSrvTarget,
  nameIsServerName,
  defaultCertificateRule,
  ipAsDnsName,
  noSan,
  nameMismatch,
  wildcardIdn,
  oddSan,
  expired,
  notYetValid,
  selfSigned,
  incompleteChain,
  untrustedCa,
  wrongPurpose,
  criticalExtension,
  nameConstraints,
  weakSignature,
  weakKey,
  refused,
  oldKeyExchange,
  expiring,
  wrongChain,
  caAsLeaf,
  http2Only,
  differs,
  onlyTls13,
];
