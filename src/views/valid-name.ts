/** The server name, read; null when it is none: then `name/invalid` speaks, and no other rule about the name. */
import type { Facts } from "../facts/facts.ts";
import { parseServerName, type ServerName } from "../matrix/server-name.ts";

export function validName(facts: Facts): ServerName | null {
  const parsed = parseServerName(facts.serverName);
  return parsed.ok && !parsed.name.finalDot ? parsed.name : null;
}
