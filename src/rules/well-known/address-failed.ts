/** well-known/address-failed: some addresses of the host give the file, others can't be connected to. */
import type { Facts } from "../../facts/facts.ts";
import { duration, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen, seenBy, type Seen } from "../../views/well-known-read.ts";

export const addressFailed: Rule = {
  code: "well-known/address-failed",
  severity: "warning",
  mechanisms: ["well-known:unreachable", "well-known:timeout", "well-known:handshake"],
  title: "Some addresses of the well-known host don't answer",
  spec: SPEC.wellKnown,
  explain: `
The server name's host has several addresses. At least one gives a valid file, at least one other can't be connected to or doesn't answer.

**How it shows.** Mostly not at all, because homeservers try another address. With a dead address they may wait first; whoever tries only one address, or has only that family of
addresses, gets no file and goes on to SRV records and port 8448.

**Who is affected.** Homeservers in networks with IPv6 only (or IPv4 only), and everybody by the wait.

**How it comes about.** An AAAA record for a machine whose web server listens on IPv4 only; a firewall that was opened for one family only; an old address that was never removed.

**Look-alikes.** An address that answers something else is \`well-known/split\`. If no address works, it is \`well-known/unreachable\` or \`well-known/timeout\`. An address family that this
machine doesn't have is never counted here.

**How to fix it.** Let the web server listen on all addresses (nginx: \`listen 443 ssl;\` and \`listen [::]:443 ssl;\`) and open the firewall for both families, or remove the record.
`,
  *judge(facts: Facts): Iterable<Found> {
    const deciding = decidingSeen(facts);
    if (deciding === null) return;
    const failed = seenBy(facts).filter(({ result }) => result.kind === "unreachable" || result.kind === "timeout");
    if (failed.length === 0) return;
    const places = failed.map(({ place }) => place);
    // Those that redirect to where nobody answers do answer themselves.
    const direct = failed.filter(({ attempt }) => attempt.hops.length === 1);
    yield {
      severity: "warning",
      detail: `${failed
        .slice(0, 6)
        .map((seen) => `${seen.place} ${what(seen)}`)
        .join(
          ", ",
        )}${failed.length > 6 ? `, and ${failed.length - 6} more` : ""}, while ${deciding.place} gives the file. Homeservers that try only the failing address go on without it.`,
      fix: direct.length === 0 ? [whereRedirected(failed)] : mends(facts.serverName, direct),
      where: [deciding.attempt.hops[0]?.url ?? deciding.url, ...places],
    };
  },
};

function mends(serverName: string, failed: readonly Seen[]): string[] {
  const records = failed.map(({ attempt }) => `the ${attempt.family === 6 ? "AAAA" : "A"} record ${attempt.address}`);
  return [
    `Let the web server of ${serverName} answer on ${list(
      failed.map(({ place }) => place),
      6,
    )} too, and open the firewall there.`,
    `Remove ${list(records, 6)}.`,
  ];
}

function whereRedirected(failed: readonly Seen[]): string {
  const places = list(
    failed.map(({ place }) => place),
    6,
  );
  const hosts = [...new Set(failed.flatMap(({ attempt }) => attempt.hops.at(-1)?.host ?? []))];
  return `Let ${places} answer the file without a redirect, or make ${list(hosts.map((host) => quote(host)))} answer.`;
}

function what({ attempt, result, url }: Seen): string {
  if (result.kind !== "unreachable" && result.kind !== "timeout") return "";
  const elsewhere = attempt.hops.length > 1 ? ` at ${url}, to which it redirects` : "";
  if (result.kind === "timeout") return `doesn't answer within ${duration(attempt.ms)}${elsewhere}`;
  switch (result.error.code) {
    case "refused":
      return `refuses connections${elsewhere}`;
    case "unreachable":
      return `is unreachable (ICMP)${elsewhere}`;
    default:
      return `drops the connection${elsewhere}`;
  }
}
