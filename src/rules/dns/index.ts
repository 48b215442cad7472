import type { Rule } from "../rule.ts";
import { dnssecBogus } from "./dnssec-bogus.ts";
import { resolverUnreachable } from "./resolver-unreachable.ts";

export const dnsRules: readonly Rule[] = [resolverUnreachable, dnssecBogus];
