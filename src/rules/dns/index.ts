import type { Rule } from "../rule.ts";
import { captive } from "./captive.ts";
import { dnssecBogus } from "./dnssec-bogus.ts";
import { hostsFile } from "./hosts-file.ts";
import { longTtl } from "./long-ttl.ts";
import { nameserverDown } from "./nameserver-down.ts";
import { nameserversDisagree } from "./nameservers-disagree.ts";
import { resolverRefuses } from "./resolver-refuses.ts";
import { resolverStale } from "./resolver-stale.ts";
import { resolverUnreachable } from "./resolver-unreachable.ts";
import { resolversDisagree } from "./resolvers-disagree.ts";
import { wildcard } from "./wildcard.ts";
import { zoneMistake } from "./zone-mistake.ts";

export const dnsRules: readonly Rule[] = [
  resolverUnreachable,
  captive,
  resolverRefuses,
  dnssecBogus,
  zoneMistake,
  nameserversDisagree,
  nameserverDown,
  resolversDisagree,
  wildcard,
  resolverStale,
  longTtl,
  hostsFile,
];
