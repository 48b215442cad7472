/** The rules about what clients need, with --client. None of them says anything about federation. */
import type { Rule } from "../rule.ts";
import { auth } from "./auth.ts";
import { baseUrl } from "./base-url.ts";
import { contentType } from "./content-type.ts";
import { corsDoubled } from "./cors-doubled.ts";
import { corsMissing } from "./cors-missing.ts";
import { invalid } from "./invalid.ts";
import { noBaseUrl } from "./no-base-url.ts";
import { notFound } from "./not-found.ts";
import { redirected } from "./redirected.ts";
import { serverSwapped } from "./server-swapped.ts";
import { supportInvalid } from "./support-invalid.ts";
import { supportMissing } from "./support-missing.ts";
import { tls } from "./tls.ts";
import { unreachable } from "./unreachable.ts";
import { versions } from "./versions.ts";

export const clientRules: readonly Rule[] = [
  unreachable,
  tls,
  notFound,
  serverSwapped,
  invalid,
  noBaseUrl,
  baseUrl,
  versions,
  corsMissing,
  corsDoubled,
  auth,
  redirected,
  contentType,
  supportMissing,
  supportInvalid,
];
