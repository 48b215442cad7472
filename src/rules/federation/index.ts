/** The rules of the step federation. */
import type { Rule } from "../rule.ts";
import { badVersion } from "./bad-version.ts";
import { federationContentType } from "./content-type.ts";
import { disabled } from "./disabled.ts";
import { forbidden } from "./forbidden.ts";
import { hostPort } from "./host-port.ts";
import { hostNotMatched } from "./host-not-matched.ts";
import { httpStatus } from "./http-status.ts";
import { listenerMissing } from "./listener-missing.ts";
import { notJson } from "./not-json.ts";
import { notRouted } from "./not-routed.ts";
import { pathDecoded } from "./path-decoded.ts";
import { putBlocked } from "./put-blocked.ts";
import { redirected } from "./redirected.ts";
import { federationSlow } from "./slow.ts";
import { federationTimeout } from "./timeout.ts";
import { unaskedEncoding } from "./unasked-encoding.ts";
import { federationUserAgentBlocked } from "./user-agent-blocked.ts";
import { upstreamDown } from "./upstream-down.ts";

/** One version request is one of the first nine at most. */
export const federationRules: readonly Rule[] = [
  federationUserAgentBlocked,
  unaskedEncoding,
  hostNotMatched,
  notRouted,
  listenerMissing,
  disabled,
  upstreamDown,
  forbidden,
  redirected,
  notJson,
  httpStatus,
  federationTimeout,
  federationSlow,
  federationContentType,
  badVersion,
  hostPort,
  pathDecoded,
  putBlocked,
];
