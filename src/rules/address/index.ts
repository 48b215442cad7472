import type { Rule } from "../rule.ts";
import { cnameLoop } from "./cname-loop.ts";
import { ipv6Only } from "./ipv6-only.ts";
import { addressLookupFailed } from "./lookup-failed.ts";
import { addressNone } from "./none.ts";
import { addressNotPublic } from "./not-public.ts";
import { addressUntested } from "./untested.ts";

export const addressRules: readonly Rule[] = [addressNone, addressLookupFailed, cnameLoop, addressNotPublic, ipv6Only, addressUntested];
