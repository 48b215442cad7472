/** The rules of the step keys. */
import type { Rule } from "../rule.ts";
import { keysBase64 } from "./base64.ts";
import { badSignature } from "./bad-signature.ts";
import { keysCase } from "./case.ts";
import { keysContentType } from "./content-type.ts";
import { keysDiffer } from "./differ.ts";
import { keysExpired } from "./expired.ts";
import { keysHttpStatus } from "./http-status.ts";
import { keysMalformed } from "./malformed.ts";
import { noEd25519 } from "./no-ed25519.ts";
import { keysNotFound } from "./not-found.ts";
import { keysNotJson } from "./not-json.ts";
import { otherServerName } from "./other-server-name.ts";
import { serverNameMismatch } from "./server-name-mismatch.ts";
import { keysSlow } from "./slow.ts";
import { keysTimeout } from "./timeout.ts";
import { unsignedKey } from "./unsigned-key.ts";

export const keysRules: readonly Rule[] = [
  keysNotFound,
  keysHttpStatus,
  keysNotJson,
  keysMalformed,
  keysTimeout,
  keysDiffer,
  otherServerName,
  serverNameMismatch,
  keysCase,
  noEd25519,
  badSignature,
  unsignedKey,
  keysExpired,
  keysContentType,
  keysSlow,
  keysBase64,
];
