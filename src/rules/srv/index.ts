import type { Rule } from "../rule.ts";
import { backupTargetDown } from "./backup-target-down.ts";
import { behindCname } from "./behind-cname.ts";
import { conflict } from "./conflict.ts";
import { deprecatedService } from "./deprecated-service.ts";
import { firstTargetDown } from "./first-target-down.ts";
import { notRecommended } from "./not-recommended.ts";
import { portZero } from "./port-zero.ts";
import { serviceUnavailable } from "./service-unavailable.ts";
import { srvLookupFailed } from "./lookup-failed.ts";
import { targetIsCname } from "./target-is-cname.ts";
import { targetMalformed } from "./target-malformed.ts";
import { targetIsIp } from "./target-is-ip.ts";
import { targetUnresolvable } from "./target-unresolvable.ts";
import { unused } from "./unused.ts";
import { wrongService } from "./wrong-service.ts";

export const srvRules: readonly Rule[] = [
  srvLookupFailed,
  serviceUnavailable,
  portZero,
  targetIsIp,
  targetMalformed,
  targetUnresolvable,
  firstTargetDown,
  wrongService,
  deprecatedService,
  conflict,
  targetIsCname,
  behindCname,
  backupTargetDown,
  unused,
  notRecommended,
];
