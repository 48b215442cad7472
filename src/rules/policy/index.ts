import type { Rule } from "../rule.ts";
import { certificateDays } from "./certificate-days.ts";
import { target } from "./target.ts";
import { via } from "./via.ts";

export const policyRules: readonly Rule[] = [target, via, certificateDays];
