import type { Rule } from "../rule.ts";
import { cloudflarePort } from "./cloudflare-port.ts";
import { ipv4Down } from "./ipv4-down.ts";
import { ipv6Down } from "./ipv6-down.ts";
import { refused } from "./refused.ts";
import { connectSlow } from "./slow.ts";
import { someAddressesDown } from "./some-addresses-down.ts";
import { connectTimeout } from "./timeout.ts";
import { connectUnreachable } from "./unreachable.ts";

export const connectRules: readonly Rule[] = [
  refused,
  connectTimeout,
  cloudflarePort,
  connectUnreachable,
  ipv4Down,
  ipv6Down,
  someAddressesDown,
  connectSlow,
];
