/** Findings of which nothing is known without the answers of the zones' own nameservers. */
import { rules } from "./registry.ts";

export const nameserverFindings: ReadonlySet<string> = new Set(
  rules.filter(({ needs }) => needs === "nameservers").map(({ code }) => code),
);
