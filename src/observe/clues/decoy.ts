/** A name that was made up just now: who gives an address for it gives one for everything. */
import { randomBytes } from "node:crypto";
import { isIpLiteral } from "../../facts/address.ts";
import type { Clues, Facts } from "../../facts/facts.ts";
import type { Io } from "../../net/io.ts";
import { isTopLevelDomain } from "../../views/top-level-domain.ts";
import { addressesOf } from "../../views/hosts.ts";

/** Null when no name was looked up, or the resolver rightly knows no such name. */
export async function askForDecoy(io: Io, { serverName, hosts }: Facts): Promise<NonNullable<Clues["decoy"]> | null> {
  const host = serverName.replace(/:\d+$/, "");
  if (io.asksNameservers === true || isIpLiteral(host) || !hosts.some((each) => addressesOf(each).length > 0)) return null;
  const top = host.toLowerCase().replace(/\.$/, "").split(".").at(-1) ?? "";
  // Under the same top-level domain: some filters look at it. One that isn't public belongs to somebody here, who may have published a
  // wildcard in it.
  const name = `${randomBytes(10).toString("hex")}.${isTopLevelDomain(top) ? top : "com"}`;
  const [a, aaaa] = await Promise.all([io.dns.query(name, "A", io.signal), io.dns.query(name, "AAAA", io.signal)]);
  const addresses = addressesOf({ host: name, a, aaaa });
  return addresses.length === 0 ? null : { name, addresses: addresses.slice(0, 16) };
}
