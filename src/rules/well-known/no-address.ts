/** well-known/no-address: the host that should serve the file has neither A nor AAAA records. */
import { addressLine, replaceAlias, srvLine } from "../../advice/dns.ts";
import type { Facts, HostFacts } from "../../facts/facts.ts";
import { aliasEnd, hostFacts } from "../../views/hosts.ts";
import { unlessRouteWorks } from "../../views/route.ts";
import { groupBy } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { goesOn, remainingRoute } from "../../views/remaining-route.ts";
import { faults, whereSeen } from "../../views/well-known-read.ts";

export const noAddress: Rule = {
  code: "well-known/no-address",
  severity: ["error", "info"],
  mechanisms: ["well-known:no-address"],
  title: "The host of the well-known file has no address",
  spec: SPEC.resolving,
  breaks: "well-known",
  explain: `
The host that should answer \`https://<server name>/.well-known/matrix/server\` has neither an A nor an AAAA record. So nobody can fetch
the file. Homeservers then use SRV records, and without those port 8448 of the same name, which has no address either.

**When it is no fault.** A domain without a website may use only an SRV record. If that record works, this finding is only an info.

**How it shows.** Without an SRV record the server can't be found at all. The other findings are then consequences of this one.

**Who is affected.** All homeservers. conduwuit and tuwunel remember for up to 3 days that a name doesn't exist.

**Look-alikes**
- A typing mistake: compare the checked name with the part of the user IDs after the colon.
- The file redirects to a host that doesn't exist: then the finding names that host.
- \`address/lookup-failed\`: the lookup failed (SERVFAIL, timeout), so it isn't known whether there are records.
- The name is an alias (CNAME), and its target has no addresses: add the records at the target.

**Fix.** Either add A and AAAA records that lead to a web server with the file, or publish an SRV record:

    _matrix-fed._tcp.<server name>. 3600 IN SRV 10 0 8448 <host of the homeserver>.

With an SRV record the certificate must cover the server name, not the target.

**Log lines.** Synapse: \`DNSLookupError\`, \`Error fetching https://…/.well-known/matrix/server\`. Dendrite: \`No .well-known found\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    yield* serverNameWithout(facts);
    yield* redirectedWithout(facts);
  },
};

function* serverNameWithout(facts: Facts): Iterable<Found> {
  // Asked, but there was nobody to ask; an explicit port or an IP literal needs no well-known.
  const { wellKnown } = facts;
  const nobody =
    wellKnown.status === "done" ? wellKnown.value.attempts.length === 0 : wellKnown.status === "skipped" && wellKnown.because === "blocked";
  const host = hostFacts(facts, wellKnown.status === "done" ? wellKnown.value.host : facts.serverName);
  if (!nobody || host === null || !hasNoAddress(host)) return;
  const severity = unlessRouteWorks(facts, "info");
  const route = remainingRoute(facts);
  yield {
    severity,
    detail: `${host.host} has ${records(host)}. Nobody can fetch its well-known file. ${severity === "info" && facts.route?.via === "srv" ? `Homeservers use ${route ?? "the SRV record"} instead; for a domain without a website that is no fault.` : goesOn(facts)}`,
    fix:
      severity === "info"
        ? []
        : [
            replaceAlias(host, `the address of the web server which serves https://${host.host}/.well-known/matrix/server`) ??
              `If ${host.host} is the right name, add an address record that leads to the web server which serves https://${host.host}/.well-known/matrix/server (replace 192.0.2.1 with its address):\n${addressLine(host.host)}`,
            `Publish an SRV record (replace ${example(host.host)} and 8448 with your homeserver's host and port; its certificate must cover ${host.host}):\n${srvLine("_matrix-fed._tcp", host.host, example(host.host), 8448)}`,
          ],
    where: [host.host],
  };
}

/** A host that isn't the name itself, which has no address. */
function example(name: string): string {
  return name.startsWith("matrix.") ? `homeserver.${name.slice("matrix.".length)}` : `matrix.${name}`;
}

function* redirectedWithout(facts: Facts): Iterable<Found> {
  for (const group of groupBy(faults(facts, "no-address"), ({ url }) => url)) {
    const [first] = group;
    const hop = first.attempt.hops.at(-1);
    const host = hop === undefined ? null : hostFacts(facts, hop.host);
    // A lookup of the redirect's host that failed says nothing about its records.
    if (hop === undefined || (host !== null && !hasNoAddress(host))) continue;
    yield {
      severity: unlessRouteWorks(facts, "info"),
      detail: `${facts.serverName} redirects to ${first.url}, but ${hop.host} has ${host === null ? "no address" : records(host)}. ${goesOn(facts)}`,
      fix: [
        `Serve the file at https://${facts.serverName}/.well-known/matrix/server itself, without a redirect to ${hop.host}.`,
        host !== null && aliasEnd(host) !== null
          ? `Replace the CNAME at ${hop.host} with A and AAAA records.`
          : `Add A and AAAA records for ${hop.host}.`,
      ],
      where: whereSeen(facts, group),
    };
  }
}

/** Both families gave an answer, and neither has a record. */
function hasNoAddress(host: HostFacts): boolean {
  return [host.a, host.aaaa].every(
    (each) =>
      each.status === "done" && !each.value.loop && ["NOERROR", "NXDOMAIN"].includes(each.value.rcode) && each.value.records.length === 0,
  );
}

function records(host: HostFacts): string {
  const missing = [host.a, host.aaaa].some((each) => each.status === "done" && each.value.rcode === "NXDOMAIN");
  const end = aliasEnd(host);
  if (end !== null)
    return `no address: it is an alias (CNAME) of ${end}, which ${missing ? "doesn't exist (NXDOMAIN)" : "has neither an A nor an AAAA record"}`;
  return missing ? "no address: DNS says that the name doesn't exist (NXDOMAIN)" : "neither an A nor an AAAA record";
}
