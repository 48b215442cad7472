/** The rules about the server name itself. */
import type { Rule } from "../rule.ts";
import { explicitPort } from "./explicit-port.ts";
import { invalid } from "./invalid.ts";
import { notPublic } from "./not-public.ts";
import { notRegistered } from "./not-registered.ts";
import { oddLabel } from "./odd-label.ts";
import { publicSuffix } from "./public-suffix.ts";
import { uppercase } from "./uppercase.ts";

export const nameRules: readonly Rule[] = [invalid, notRegistered, uppercase, explicitPort, oddLabel, notPublic, publicSuffix];
