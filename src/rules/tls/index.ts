/** The rules of the step tls. */
import type { Rule } from "../rule.ts";
import { defaultCertificateRule } from "./default-certificate.ts";
import { differs } from "./differs.ts";
import { expired } from "./expired.ts";
import { expiring } from "./expiring.ts";
import { handshake } from "./handshake.ts";
import { http2Only } from "./http2-only.ts";
import { incompleteChain } from "./incomplete-chain.ts";
import { nameIsServerName } from "./name-is-server-name.ts";
import { nameIsSrvTarget } from "./name-is-srv-target.ts";
import { nameMismatch } from "./name-mismatch.ts";
import { noSan } from "./no-san.ts";
import { notYetValid } from "./not-yet-valid.ts";
import { oldProtocol } from "./old-protocol.ts";
import { onlyTls13 } from "./only-tls13.ts";
import { plainHttp } from "./plain-http.ts";
import { selfSigned } from "./self-signed.ts";
import { tlsTimeout } from "./timeout.ts";
import { untrustedCa } from "./untrusted-ca.ts";
import { wrongChain } from "./wrong-chain.ts";

/** The order decides which of several causes is named, and how findings of one severity are listed. */
export const tlsRules: readonly Rule[] = [
  plainHttp,
  handshake,
  tlsTimeout,
  oldProtocol,
  nameIsSrvTarget,
  nameIsServerName,
  defaultCertificateRule,
  noSan,
  nameMismatch,
  expired,
  notYetValid,
  selfSigned,
  incompleteChain,
  untrustedCa,
  expiring,
  wrongChain,
  http2Only,
  differs,
  onlyTls13,
];
