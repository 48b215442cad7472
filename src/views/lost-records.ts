/** Whether the SRV records that decide the route may be none for some homeservers, which then go on without them. */
import { SRV_SERVICES } from "../facts/way.ts";
import { isIpLiteral } from "../facts/address.ts";
import type { Facts, SrvFacts, TargetFacts } from "../facts/facts.ts";
import { DEFAULT_PORT } from "../matrix/paths.ts";
import { reachesServer } from "./endpoint-works.ts";
import { hasNoAddress, hostFacts } from "./hosts.ts";
import { done } from "./outcome.ts";

/** Behind an alias, or all of them with an IP address as the target: some take no notice of such records. */
export function mayBeDropped({ outcome }: SrvFacts): boolean {
  const answer = done(outcome);
  if (answer === null || answer.records.length === 0) return false;
  // That there is no such service is no record to drop.
  if (answer.records.every(({ target }) => target === ".")) return false;
  return answer.chain.length > 0 || answer.records.every(({ target }) => isIpLiteral(target));
}

/** The first service of `base` with records, but for those that `isDropped`; null where the default port is what is left. */
export function usedService(
  { srv }: Pick<Facts, "srv">,
  base: string,
  isDropped: (answer: SrvFacts) => boolean = () => false,
): SrvFacts | null {
  for (const service of SRV_SERVICES) {
    const answer = srv.find((each) => each.service === service && same(each.base, base));
    if (answer !== undefined && (done(answer.outcome)?.records ?? []).length > 0 && !isDropped(answer)) return answer;
  }
  return null;
}

/** Where whoever drops the records of that service goes, and what is known to come of it: for a sentence. */
export function goesWithoutRecords(facts: Facts, service: string, base: string): string {
  const next = nextService(facts, service, base);
  const where = next === null ? `port ${DEFAULT_PORT} of ${base}` : `the record of ${next.service}.${base}`;
  const works = worksWithoutRecords(facts, service, base);
  return `${where}${works === null ? "" : works ? ", which works" : ", which doesn't work"}`;
}

/** Those who drop the records get to the server all the same. Null: nobody looked, or this machine can't tell. */
export function worksWithoutRecords(facts: Facts, service: string, base: string): boolean | null {
  const next = nextService(facts, service, base);
  const places = next === null ? [{ target: base, port: DEFAULT_PORT }] : (done(next.outcome)?.records ?? []);
  const seen = places.map(({ target: host, port }) => {
    const asked = [...facts.targets, ...(facts.fallback ?? [])].find((each) => each.port === port && same(each.host, host));
    return asked === undefined ? null : works(facts, asked);
  });
  return seen.includes(true) ? true : seen.includes(null) ? null : false;
}

function nextService(facts: Facts, service: string, base: string): SrvFacts | null {
  return usedService(facts, base, (answer) => answer.service === service || mayBeDropped(answer));
}

function works(facts: Facts, { host, endpoints }: TargetFacts): boolean | null {
  const seen = endpoints.map((endpoint) => reachesServer(facts, endpoint));
  if (seen.includes(true)) return true;
  const known = hostFacts(facts, host);
  return (seen.length > 0 && !seen.includes(null)) || (known !== null && hasNoAddress(known)) ? false : null;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
