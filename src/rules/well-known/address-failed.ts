/** well-known/address-failed: some addresses of the host answer, others can't be connected to. */
import type { Facts } from "../../facts/facts.ts";
import { duration, list, quote } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";
import { decidingSeen, isConnected, isCutOff, isUnconnected, seenBy, type Seen } from "../../views/well-known-read.ts";

export const addressFailed: Rule = {
  code: "well-known/address-failed",
  severity: "warning",
  mechanisms: ["well-known:unreachable", "well-known:timeout", "well-known:stalled-body", "well-known:handshake"],
  title: "Some addresses of the well-known host don't answer",
  spec: SPEC.wellKnown,
  explain: `
The server name's host has several addresses. At least one address answers. At least one other refuses connections or doesn't answer.

**How it shows.** Mostly it doesn't show, because homeservers try another address. Some wait first. A homeserver that tries only one
address, or has only IPv6 (or only IPv4), gets no file, and uses SRV records or port 8448.

**Who is affected.** Homeservers in networks with IPv6 only (or IPv4 only). All others may have to wait.

**Usual causes.** An AAAA record for a machine whose web server listens only on IPv4; a firewall that is open for IPv4 only; an old
address that was not removed from DNS.

**Look-alikes.** \`well-known/split\`: an address gives another answer. \`well-known/unreachable\`, \`well-known/timeout\`: no address
answers. If this machine has no IPv6, IPv6 addresses aren't judged.

**Fix.** Make the web server listen on IPv4 and IPv6 (nginx: \`listen 443 ssl;\` and \`listen [::]:443 ssl;\`), and open the firewall for
both. Or remove the record.
`,
  *judge(facts: Facts): Iterable<Found> {
    const seen = seenBy(facts);
    const deciding = decidingSeen(facts);
    const answering = deciding ?? seen.find(isConnected);
    if (answering === undefined) return;
    const failed = seen.filter((each) =>
      deciding === null ? isUnconnected(each) : (each.result.kind === "unreachable" && !isCutOff(each)) || each.result.kind === "timeout",
    );
    if (failed.length === 0) return;
    const places = failed.map(({ place }) => place);
    // Those that redirect to where nobody answers do answer themselves.
    const direct = failed.filter(({ attempt }) => attempt.hops.length === 1);
    const shown = failed.slice(0, 6).map((seen) => `${seen.place} ${what(seen)}`);
    const more = failed.length > 6 ? `, and ${failed.length - 6} more` : "";
    const other = deciding === null ? "accepts connections" : "gives the file";
    yield {
      severity: "warning",
      detail: `${shown.join(", ")}${more}; ${answering.place} ${other}. Homeservers that try only a failing address act as if there were no file.`,
      fix: direct.length === 0 ? [whereRedirected(failed)] : mends(facts.serverName, direct),
      where: [answering.attempt.hops[0]?.url ?? answering.url, ...places],
    };
  },
};

function mends(serverName: string, failed: readonly Seen[]): string[] {
  const records = failed.map(({ attempt }) => `the ${attempt.family === 6 ? "AAAA" : "A"} record ${attempt.address}`);
  return [
    `Let the web server of ${serverName} answer on ${list(
      failed.map(({ place }) => place),
      6,
    )} too${failed.every(isDropped) ? "; its error log there says why it ends the connections" : ", and open the firewall there"}.`,
    `Remove ${list(records, 6)}.`,
  ];
}

/** Something listens there, and ends each connection before it has answered. */
function isDropped({ result }: Seen): boolean {
  return result.kind === "unreachable" && result.hop.connection?.tcp.status === "done";
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
