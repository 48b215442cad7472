/** The rules about `/.well-known/matrix/server`, those that say why there is none first. */
import { portMissing } from "./port-missing.ts";
import { userAgentBlocked } from "./user-agent-blocked.ts";
import { onTargetOnly } from "./on-target-only.ts";
import type { Rule } from "../rule.ts";
import { addressFailed } from "./address-failed.ts";
import { cache } from "./cache.ts";
import { keyCase } from "./case.ts";
import { certificateExpiring } from "./certificate-expiring.ts";
import { contentType } from "./content-type.ts";
import { forbidden } from "./forbidden.ts";
import { doubledKey } from "./doubled-key.ts";
import { homeserverNotConfigured } from "./homeserver-not-configured.ts";
import { httpStatus } from "./http-status.ts";
import { invalidMServer } from "./invalid-m-server.ts";
import { noAddress } from "./no-address.ts";
import { noMServer } from "./no-m-server.ts";
import { notFound } from "./not-found.ts";
import { notJson } from "./not-json.ts";
import { pointsToSelf } from "./points-to-self.ts";
import { redirectInsecure } from "./redirect-insecure.ts";
import { redirectLoop } from "./redirect-loop.ts";
import { redirectRelative } from "./redirect-relative.ts";
import { redirectLost } from "./redirect-lost.ts";
import { redirected } from "./redirected.ts";
import { serverError } from "./server-error.ts";
import { slow } from "./slow.ts";
import { split } from "./split.ts";
import { synapseNotServing } from "./synapse-not-serving.ts";
import { timeout } from "./timeout.ts";
import { tls } from "./tls.ts";
import { tooLarge } from "./too-large.ts";
import { trailingDot } from "./trailing-dot.ts";
import { unreachable } from "./unreachable.ts";

export const wellKnownRules: readonly Rule[] = [
  notFound,
  synapseNotServing,
  homeserverNotConfigured,
  forbidden,
  serverError,
  httpStatus,
  notJson,
  noMServer,
  onTargetOnly,
  userAgentBlocked,
  portMissing,
  invalidMServer,
  noAddress,
  unreachable,
  timeout,
  tls,
  redirectLoop,
  redirectLost,
  redirectRelative,
  split,
  pointsToSelf,
  trailingDot,
  tooLarge,
  slow,
  keyCase,
  doubledKey,
  addressFailed,
  certificateExpiring,
  redirectInsecure,
  redirected,
  contentType,
  cache,
];
