/**
 * Some resolvers answer a name that doesn't exist with an address of their own: of a page with advertisements, of a filter. What they say
 * of a made-up name shows it. The nameservers of the zone, or of what the domain would be registered under, say which names of the route
 * don't exist either; then their word counts, and what was seen at the resolver's address is of nobody's interest.
 */
import type { AddressRecord, DnsOutcome, Facts, HostFacts, RecordSet, SetType } from "../../facts/facts.ts";
import { decoyAddresses, givesDecoy } from "../../views/decoy.ts";
import { addressesOf } from "../../views/hosts.ts";
import { allAgree, zoneQuestions } from "../../views/nameserver-words.ts";
import { registrableDomain } from "../../views/top-level-domain.ts";
import type { ServerName } from "../../matrix/server-name.ts";
import type { Io } from "../../net/io.ts";
import { askRegistration } from "./registration.ts";

/** With what the zones' nameservers say of the names that the resolver made an address for. */
export function putRight(facts: Facts): void {
  if (decoyAddresses(facts).length === 0) return;
  const questions = zoneQuestions(facts);
  const noRecord = (name: string, type: SetType): Pick<RecordSet, "rcode" | "negativeTtl"> | null => {
    const said = questions.filter((question) => question.name === name && question.type === type).flatMap((question) => question.said);
    const [first] = said;
    return first !== undefined && allAgree(said) && first.set.records.length === 0 ? first.set : null;
  };
  replaceHosts(facts, (host) => {
    const a = without(host.a, () => noRecord(host.host, "A"));
    const aaaa = without(host.aaaa, () => noRecord(host.host, "AAAA"));
    return a === null || aaaa === null ? null : { a, aaaa };
  });
}

/** Nobody has registered the domain, and the resolver hides that: its registry knows. */
export async function putRightUnregistered(io: Io, name: ServerName, facts: Facts): Promise<void> {
  const domain = name.kind === "dns" ? registrableDomain(name.dnsHost)?.domain : undefined;
  if (domain === undefined || facts.registration !== undefined || decoyAddresses(facts).length === 0) return;
  const copy = asUnregistered(facts, domain);
  if (copy === null) return;
  const registration = await askRegistration(io, name, copy);
  if (registration?.registry === "none") Object.assign(facts, copy, { registration });
}

/** The facts as they were if the domain and all in it didn't exist; null when the resolver makes up no address for it. */
function asUnregistered(facts: Facts, domain: string): Facts | null {
  const copy = structuredClone(facts);
  const isOfIt = (name: string): boolean => registrableDomain(name.toLowerCase())?.domain === domain;
  const replaced = replaceHosts(copy, (host) => (isOfIt(host.host) ? { a: missing(host.a, true), aaaa: missing(host.aaaa, true) } : null));
  // Who makes up an address may say as well that there is the name, and nothing else at it.
  for (const each of copy.srv) if (isOfIt(each.base)) each.outcome = missing(each.outcome, false);
  return replaced ? copy : null;
}

function missing<R>(outcome: DnsOutcome<R>, evenWithRecords: boolean): DnsOutcome<R> {
  if (outcome.status !== "done" || (outcome.value.records.length > 0 && !evenWithRecords)) return outcome;
  return { ...outcome, value: { ...outcome.value, rcode: "NXDOMAIN", negativeTtl: null, records: [], ttl: null } };
}

/** False when there was nothing to replace. */
function replaceHosts(facts: Facts, instead: (host: HostFacts) => Pick<HostFacts, "a" | "aaaa"> | null): boolean {
  let replaced = false;
  for (const host of facts.hosts) {
    if (!givesDecoy(facts, host)) continue;
    const right = instead(host);
    if (right === null) continue;
    const rewritten = addressesOf(host);
    Object.assign(host, right, { rewritten });
    for (const target of facts.targets) if (!target.overridden && target.host.toLowerCase() === host.host) target.endpoints = [];
    const { wellKnown } = facts;
    if (wellKnown.status === "done" && wellKnown.value.host.toLowerCase() === host.host)
      wellKnown.value.attempts = wellKnown.value.attempts.filter(({ address }) => !rewritten.includes(address));
    replaced = true;
  }
  return replaced;
}

/** The answer without the records that were made up; null when nobody knows better. */
function without(
  outcome: DnsOutcome<AddressRecord>,
  said: () => Pick<RecordSet, "rcode" | "negativeTtl"> | null,
): DnsOutcome<AddressRecord> | null {
  if (outcome.status !== "done" || outcome.value.records.length === 0) return outcome;
  const right = outcome.value.chain.length > 0 ? null : said();
  if (right === null) return null;
  const { rcode, negativeTtl } = right;
  return { ...outcome, value: { ...outcome.value, rcode, negativeTtl, records: [], ttl: null } };
}
