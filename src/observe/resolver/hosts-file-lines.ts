/**
 * What this machine's hosts file (hosts(5)) says about the hosts of the route. This tool asks DNS; other programs here look into the file
 * first.
 */
import { isIP, SocketAddress } from "node:net";
import type { HostsFileFacts } from "../../facts/facts.ts";
import type { Io } from "../../net/io.ts";

/** Of one host. */
const MAX_ADDRESSES = 16;

/** Empty when the file says nothing about them. `hosts`: lower case, without final dots. */
export async function readHostsFile(io: Io, hosts: readonly string[]): Promise<{ hostsFile?: HostsFileFacts }> {
  const file = hosts.length === 0 ? null : ((await io.hostsFile?.()) ?? null);
  // Lists of advertisers to block have a hundred thousand lines.
  if (file === null || !hosts.some((host) => file.text.includes(host))) return {};
  const byHost = addressesByHost(file.text, hosts);
  if (byHost.size === 0) return {};
  return { hostsFile: { path: file.path, entries: [...byHost].map(([host, addresses]) => ({ host, addresses })) } };
}

function addressesByHost(text: string, hosts: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = "", ...names] = (line.split("#", 1)[0] ?? "").trim().split(/\s+/);
    const version = isIP(address);
    if (version === 0 || address.includes("%")) continue;
    for (const name of names) {
      const host = name.replace(/\.$/, "");
      if (!hosts.includes(host)) continue;
      const known = found.get(host) ?? [];
      const normal = version === 6 ? new SocketAddress({ address, family: "ipv6" }).address : address;
      if (known.length < MAX_ADDRESSES && !known.includes(normal)) found.set(host, [...known, normal]);
    }
  }
  return found;
}
