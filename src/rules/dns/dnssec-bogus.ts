/** dns/dnssec-bogus: SERVFAIL, but an answer when validation is switched off (CD=1). */
import type { DnsOutcome, Facts } from "../../facts/facts.ts";
import { extendedErrorName } from "../../views/dns-outcome.ts";
import { lostThere, redirectsThere } from "../../advice/redirect-host.ts";
import { withoutRedirect } from "../../advice/where-read.ts";
import { usedHosts } from "../../views/hosts.ts";
import { lostRedirectHosts } from "../../views/redirect-host.ts";
import { foundTarget } from "../../views/remaining-route.ts";
import { routeWorks } from "../../views/route.ts";
import { whereSeen } from "../../views/well-known-read.ts";
import { list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const dnssecBogus: Rule = {
  code: "dns/dnssec-bogus",
  severity: "error",
  mechanisms: ["address:lookup-failed", "srv:lookup-failed", "well-known:no-address"],
  concerns: "everybody",
  title: "DNSSEC validation fails",
  spec: SPEC.dnssec,
  breaks: "route",
  causes: ["srv/lookup-failed", "address/lookup-failed", "well-known/no-address", "well-known/unreachable"],
  explain: `
The resolver answers SERVFAIL, but gives the records when it is asked not to validate (the CD bit). So the records are there, and their
DNSSEC signatures are wrong: they have expired, or the DS record at the parent zone belongs to another key.

**Who is affected.** All homeservers behind a validating resolver: the large public resolvers validate, and those of many providers.
Others notice nothing, so it "works for some".

**Usual causes.** Signatures that are no longer renewed; a move to another DNS provider while the old DS record stayed at the registrar;
or a key that was replaced too quickly.

**Fix.** Sign the zone again, or correct the DS record at the registrar (or remove it until the zone is signed right). If the resolver
sends an Extended DNS Error (RFC 8914), that says which of the two is wrong.
`,
  *judge(facts: Facts): Iterable<Found> {
    const redirects = lostRedirectHosts(facts, "lookup-failed");
    const questions: [name: string, outcome: DnsOutcome<unknown>][] = [
      ...[...usedHosts(facts), ...redirects.map(({ host }) => host)].flatMap((host): [string, DnsOutcome<unknown>][] => [
        [host.host, host.a],
        [host.host, host.aaaa],
      ]),
      ...facts.srv
        .filter(({ role }) => role === "route")
        .map(({ service, base, outcome }): [string, DnsOutcome<unknown>] => [`${service}.${base}`, outcome]),
    ];
    const bogus = questions.flatMap(([name, outcome]) => {
      if (outcome.status !== "done" || outcome.value.rcode !== "SERVFAIL") return [];
      const without = outcome.value.checkingDisabled;
      return without !== null && ["NOERROR", "NXDOMAIN"].includes(without.rcode) ? [{ name, answer: outcome.value }] : [];
    });
    const [first] = bogus;
    if (first === undefined) return;
    const names = [...new Set(bogus.map(({ name }) => name))];
    const reasons = [
      ...new Set(
        bogus.flatMap(({ answer }) =>
          answer.extendedErrors.map(({ code, text }) => `${extendedErrorName(code)}${text === "" ? "" : ` ${quote(text)}`}`),
        ),
      ),
    ];
    const seen = redirects.find(({ host }) => names.includes(host.host))?.seen;
    // Nothing else is lost than the file.
    const isRedirectOnly = seen !== undefined && names.every((name) => redirects.some(({ host }) => host.host === name));
    const effect = isRedirectOnly
      ? `${redirectsThere(seen[0])} ${lostThere(facts, "Homeservers behind a validating resolver")}`
      : routeWorks(facts) === true
        ? "Homeservers behind a validating resolver get no answer to that either. This check still reached a homeserver by the other answers."
        : "Homeservers behind a validating resolver can't find this server.";
    yield {
      severity: "error",
      detail: `${first.answer.resolver} answers SERVFAIL for ${list(names)}, but gives an answer without validation (CD=1).${reasons.length > 0 ? ` Extended DNS Error: ${list(reasons)}.` : ""} ${effect}`,
      fix: isRedirectOnly
        ? [
            `${SIGN_AGAIN} ${otherDs("Or correct")}`,
            withoutRedirect(facts, seen[0], foundTarget(facts), seen[0].attempt.hops.at(-1)?.host ?? ""),
          ]
        : [SIGN_AGAIN, otherDs("Correct")],
      where: [...names, ...(seen === undefined ? [] : whereSeen(facts, seen))],
    };
  },
};

const SIGN_AGAIN = "Renew the zone's DNSSEC signatures at its DNS provider.";

function otherDs(correct: string): string {
  return `${correct} the DS record at the registrar: it must belong to the zone's present key. Or remove it until the zone is signed again.`;
}
