import type { Rule } from "../rule.ts";
import { clock } from "./clock.ts";

export const machineRules: readonly Rule[] = [clock];
