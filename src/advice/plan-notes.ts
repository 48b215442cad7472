/** What else must be known about a planned delegation; plain sentences. Pure. */
import { DEFAULT_PORT } from "../matrix/paths.ts";
import { formatHostPort, hasUppercase, oddLabel, type ServerName } from "../matrix/server-name.ts";
import { synapseCanServe, type ServeWith } from "./well-known.ts";

export const NO_SNI = "Homeservers send no SNI to an IP address: its certificate must be the default one of that port.";

export function synapseNotes(using: ServeWith | null, name: ServerName, target: string): string[] {
  if (using !== "synapse") return [];
  const condition = `Synapse can only announce ${name.dnsHost}:443, its own name (serve_server_wellknown)`;
  if (!synapseCanServe(name.dnsHost, target))
    return [`${condition}, so it can't announce ${target}: publish the static file instead, and leave serve_server_wellknown off.`];
  return [
    `${condition}. That is right when https://${name.dnsHost}/_matrix is forwarded to this Synapse as well; otherwise publish a static file that names the right host.`,
  ];
}

export function portNotes(to: ServerName): string[] {
  if (to.port !== null) return [];
  if (to.kind !== "dns")
    return [
      `--to has no port, so homeservers use ${DEFAULT_PORT}. Recommended: --to ${formatHostPort(to.dnsHost, 443)}, which needs no other open port.`,
    ];
  return [
    `--to has no port. Homeservers then look for SRV records of ${to.dnsHost}, and connect to port ${DEFAULT_PORT} if there are none. Recommended: --to ${to.dnsHost}:443, which needs no lookup and no other open port. Here it is kept as asked.`,
  ];
}

/** Names that fit the grammar and still make trouble. */
export function nameNotes(name: ServerName, to: ServerName): string[] {
  const notes = hasUppercase(name.text)
    ? [
        `${name.text} and ${name.text.toLowerCase()} are different server names in Matrix, and one host in DNS: a server name is better written in lower case.`,
      ]
    : [];
  for (const host of new Set([name.dnsHost, to.dnsHost])) {
    const odd = oddLabel(host);
    if (odd !== null) notes.push(`Synapse refuses the host ${host}: its label "${odd.label}" ${odd.problem}.`);
  }
  return notes;
}
