/** The commands that verify a planned delegation, before it is published and after. Pure. */
import type { ServerName } from "../matrix/server-name.ts";
import type { Present } from "./plan-present.ts";
import type { PlannedCommand } from "./plan-shape.ts";
import type { StepsOf } from "./plan-steps.ts";
import { wellKnownFile } from "./well-known.ts";

const COMMAND = "npx matrix-delegation-check";

/** A host and port, the address that stands for it, the port there when it differs, and the host whose address it really is. */
type Redirection = readonly [host: string, port: number, address: string, toPort?: number, of?: string];

export function afterwards(name: ServerName): string {
  return `${COMMAND} ${name.text}`;
}

/**
 * The check before anything is published: as if DNS led there, and with the file as it will be. Addresses that DNS knows stand in the
 * command themselves, and before them what --connect-to says. None where that would be nothing but the check as it is.
 */
export function tried(
  name: ServerName,
  target: string | null,
  redirections: readonly Redirection[],
  present: Present | null,
): PlannedCommand[] {
  if (redirections.length === 0 && target === null) return [];
  const stands = new Set<string>();
  const entries = redirections.map(([host, port, example, toPort = port, of = host]) => {
    const own = present?.connectTo.find(
      (entry) => entry.toLowerCase().startsWith(`${host}:${port}:`) && /^[A-Za-z0-9.:[\]-]+$/.test(entry),
    );
    if (own !== undefined) return `--connect-to ${own} `;
    const known = present?.addresses[of];
    if (known === undefined) stands.add(example);
    return `--connect-to ${host}:${port}:${known ?? example}:${toPort} `;
  });
  const file = target === null ? "" : `printf '%s' '${wellKnownFile(target)}' | `;
  const given = target === null ? "" : "--well-known-file /dev/stdin ";
  return [
    {
      when: "before",
      command: `${file}${COMMAND} ${given}${[...new Set(entries)].join("")}${name.text}`,
      note: stands.size === 0 ? null : `replace ${[...stands].join(", ")} with the address of the homeserver`,
    },
  ];
}

export function before(commands: readonly PlannedCommand[]): StepsOf["before"] {
  return commands.find(({ when }) => when === "before") ?? null;
}
