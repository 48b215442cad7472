/** Does the server name's domain exist? By what DNS said of the name, of its SRV records, and of the domain that somebody registers. */
import type { DnsOutcome, Facts } from "../facts/facts.ts";
import { dnsOutcomes } from "./dns-outcome.ts";
import { done } from "./outcome.ts";

/**
 * Everything that was asked of DNS, and something was, doesn't exist (NXDOMAIN), by the resolver and not by a zone file; nor do the zones'
 * nameservers know of it.
 */
export function isNowhereInDns(facts: Pick<Facts, "hosts" | "srv" | "targets" | "wellKnown" | "authoritative">): boolean {
  const asked = dnsOutcomes(facts);
  const said = (facts.authoritative === undefined ? [] : (done(facts.authoritative)?.zones ?? [])).flatMap(({ nameservers }) =>
    nameservers.flatMap(({ answers }) => answers),
  );
  return (
    facts.hosts.length > 0 &&
    asked.some(isMissing) &&
    asked.every((outcome) => isMissing(outcome) || outcome.status === "untested") &&
    // Somebody is there: --connect-to says where.
    !facts.targets.some(({ overridden }) => overridden) &&
    !(facts.wellKnown.status === "done" && facts.wellKnown.value.attempts.length > 0) &&
    !said.some(({ outcome }) => outcome.status === "done" && outcome.value.rcode === "NOERROR" && outcome.value.authoritative)
  );
}

function isMissing(outcome: DnsOutcome<unknown>): boolean {
  if (outcome.status !== "done") return false;
  const { rcode, transport, file, chain } = outcome.value;
  return rcode === "NXDOMAIN" && transport !== "file" && file === undefined && chain.length === 0;
}
