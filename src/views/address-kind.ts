/** What kind of address it is, also when it stands for another one (--redact). Pure. */
import type { Facts } from "../facts/facts.ts";
import { notPublicKind } from "../facts/public-address.ts";

/** Null for a public one. */
export function notPublic({ redacted }: Pick<Facts, "redacted">, address: string): string | null {
  const standIn = redacted?.addresses.find((each) => each.address === address);
  return standIn === undefined ? notPublicKind(address) : standIn.notPublic;
}
