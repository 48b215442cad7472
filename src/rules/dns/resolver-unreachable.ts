/** dns/resolver-unreachable: no resolver gives an answer that can be used, so that nothing is known. */
import { dnsOutcomes, lookupFailure, resolverUsable } from "../../views/dns-outcome.ts";
import { isForWantOfFiles, lacksOpenFiles } from "../../views/open-files.ts";
import type { DnsOutcome, Facts } from "../../facts/facts.ts";
import { list } from "../../views/words.ts";
import type { Found, Rule } from "../rule.ts";

export const resolverUnreachable: Rule = {
  code: "dns/resolver-unreachable",
  severity: "info",
  concerns: "nobody",
  machine: "limits",
  title: "No DNS resolver gives a usable answer on this machine",
  spec: null,
  explain: `
Every DNS question ended without an answer, with an invalid answer, or with REFUSED. So this machine's resolver doesn't work or can't be
reached. That says nothing about the server to be checked: the result is *inconclusive*, exit code 3.

**Who is affected.** Whoever runs the check on this machine. Nothing is known about the server, and other homeservers may reach it.

**Look-alikes.** SERVFAIL comes from the zone, not from the resolver: see \`address/lookup-failed\` and \`srv/lookup-failed\`.

**Fix.** Look at /etc/resolv.conf, or at \`--dns-server\` where that names the resolver. Or name another one with \`--dns-server\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    // With --connect-to the route may not need one.
    if (resolverUsable(facts) || facts.route !== null) return;
    // When the check ended before an answer could come, that says nothing about the resolver.
    if (facts.stopped !== undefined && dnsOutcomes(facts).every(isCutOff)) return;
    // No question was asked, then.
    if (dnsOutcomes(facts).every((outcome) => isForWantOfFiles(outcome) || isCutOff(outcome)) && lacksOpenFiles(facts)) return;
    const endings = [...new Set(dnsOutcomes(facts).map(lookupFailure))];
    yield {
      severity: "info",
      detail: `All ${dnsOutcomes(facts).length} questions ended without a usable answer: ${endings.slice(0, 3).join("; ")}. Nothing is known about ${facts.serverName}.`,
      fix: [
        `${whatToRepair(facts, endings)}name one that answers, for example:\nnpx matrix-delegation-check --dns-server 9.9.9.9 ${facts.serverName}`,
      ],
      where: [facts.serverName],
    };
  },
};

/**
 * Several resolvers, and those over TLS or HTTPS, are only ever named by who runs the check. Of one address nobody knows whether it was
 * named, or is the machine's.
 */
function whatToRepair({ resolvers = [] }: Facts, endings: readonly string[]): string {
  const named = [
    ...resolvers.map(({ resolver }) => resolver),
    ...endings.flatMap((text) => /\b(?:tls|https):\/\/[^\s,;]+/.exec(text) ?? []),
  ];
  if (named.length > 0) return `Correct what --dns-server names (${list([...new Set(named)], 3)}), or `;
  return "Repair this machine's resolver (/etc/resolv.conf), or correct --dns-server where that names it. Or ";
}

function isCutOff(outcome: DnsOutcome<unknown>): boolean {
  return outcome.status === "untested" && outcome.because === "deadline";
}
