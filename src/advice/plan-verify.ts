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
 *
 * Where there will be no file, one of today would decide, and SRV records of today lead elsewhere: then the old homeserver would pass for
 * the new one. A file without m.server stands in for it, and the old targets lead to the new homeserver, of which the same is expected.
 */
export function tried(
  name: ServerName,
  target: string | null,
  redirections: readonly Redirection[],
  present: Present | null,
): PlannedCommand[] {
  if (redirections.length === 0 && target === null) return [];
  const stands = new Set<string>();
  const today = target === null ? (present?.decides ?? null) : null;
  const entries = [...redirections, ...oldTargets(redirections, today?.srv ?? [])].map(
    ([host, port, example, toPort = port, of = host]) => {
      const own = given(of, toPort, present);
      if (own !== null && of === host && toPort === port) return `--connect-to ${own.entry} `;
      const known = own?.address ?? present?.addresses[of];
      if (known === undefined) stands.add(example);
      return `--connect-to ${host}:${port}:${known ?? example}:${own?.port ?? toPort} `;
    },
  );
  const body = target !== null ? wellKnownFile(target) : today?.file === true ? "{}" : null;
  const file = body === null ? "" : `printf '%s' '${body}' | `;
  const instead = body === null ? "" : `--well-known-file /dev/stdin ${target === null ? "--ignore well-known/no-m-server " : ""}`;
  const notes = [
    ...(stands.size === 0 ? [] : [`replace ${[...stands].join(", ")} with the address of the homeserver`]),
    ...(today?.file === true ? ["it leaves out the file that is there today"] : []),
    ...(today !== null && today.srv.length > 0 ? ["what the SRV records of today name leads to the new homeserver"] : []),
  ];
  return [
    {
      when: "before",
      command: `${file}${COMMAND} ${instead}${[...new Set(entries)].join("")}${name.text}`,
      note: notes.length === 0 ? null : notes.join("; "),
    },
  ];
}

/** What --connect-to says of that place; an entry without an address leaves that to DNS. */
function given(host: string, port: number, present: Present | null): { entry: string; address: string | undefined; port: string } | null {
  const entry = present?.connectTo.find((each) => each.toLowerCase().startsWith(`${host}:${port}:`) && /^[A-Za-z0-9.:[\]-]+$/.test(each));
  const [, address = "", toPort = ""] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry?.slice(`${host}:${port}:`.length) ?? "") ?? [];
  return entry === undefined ? null : { entry, address: address === "" ? undefined : address, port: toPort === "" ? String(port) : toPort };
}

/** Leads there as the last of the redirections, which is the homeserver's own. */
function oldTargets(redirections: readonly Redirection[], places: readonly (readonly [host: string, port: number])[]): Redirection[] {
  const own = redirections.at(-1);
  if (own === undefined) return [];
  const [host, port, example, toPort = port, of = host] = own;
  return places
    .filter(([oldHost, oldPort]) => !redirections.some(([known, knownPort]) => known === oldHost && knownPort === oldPort))
    .map(([oldHost, oldPort]) => [oldHost, oldPort, example, toPort, of]);
}

export function before(commands: readonly PlannedCommand[]): StepsOf["before"] {
  return commands.find(({ when }) => when === "before") ?? null;
}
