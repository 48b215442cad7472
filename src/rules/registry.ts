/** All rules, in the order of the steps. */
import { addressRules } from "./address/index.ts";
import { clientRules } from "./client/index.ts";
import { connectRules } from "./connect/index.ts";
import { dnsRules } from "./dns/index.ts";
import { federationRules } from "./federation/index.ts";
import { keysRules } from "./keys/index.ts";
import { machineRules } from "./machine/index.ts";
import { nameRules } from "./name/index.ts";
import { policyRules } from "./policy/index.ts";
import type { Rule } from "./rule.ts";
import { srvRules } from "./srv/index.ts";
import { tlsRules } from "./tls/index.ts";
import { wellKnownRules } from "./well-known/index.ts";

export const rules: readonly Rule[] = unique([
  ...nameRules,
  ...machineRules,
  ...dnsRules,
  ...wellKnownRules,
  ...srvRules,
  ...addressRules,
  ...connectRules,
  ...tlsRules,
  ...federationRules,
  ...keysRules,
  ...policyRules,
  ...clientRules,
]);

/** @throws RangeError for a code that two rules claim: findings would contradict each other */
function unique(all: readonly Rule[]): readonly Rule[] {
  const codes = new Set<string>();
  for (const { code } of all) {
    if (codes.has(code)) throw new RangeError(`two rules have the code ${code}`);
    codes.add(code);
  }
  return all;
}
