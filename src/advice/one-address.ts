/** How an address of the well-known host comes to give the same file as the others: by what is wrong there. Pure. */
import type { Facts } from "../facts/facts.ts";
import { isRefusal } from "../views/http-status.ts";
import { judgedAt } from "../views/outcome.ts";
import { proxyAt } from "../views/proxy.ts";
import type { Seen, ValidSeen } from "../views/well-known-read.ts";
import { groupBy, list } from "../views/words.ts";
import { certificateProblem } from "./certificate-problems.ts";
import { listenOn } from "./listen.ts";
import { wellKnownFile } from "./well-known.ts";

type Fault = "old-file" | "other-site" | "refused" | "backend" | "handshake" | "certificate" | "redirect";

/**
 * A paragraph for each fault. `deviating`: they answer, but not as `deciding` does. Addresses that don't answer at all are
 * well-known/address-failed's.
 */
export function sameFileAdvice(facts: Facts, deviating: readonly Seen[], deciding: ValidSeen): string {
  const { serverName } = facts;
  const mends = groupBy(deviating, faultOf).map((group) => {
    const [first] = group;
    const at = list(
      group.map(({ attempt }) => attempt.address),
      6,
    );
    const served = `:\n${wellKnownFile(deciding.result.value)}`;
    switch (faultOf(first)) {
      case "old-file":
        return `Change the file that ${serverName} serves at ${at} to this, as at ${deciding.attempt.address}${served}`;
      case "other-site":
        return `At ${at} probably another machine or virtual host answers for ${serverName}. Serve this at /.well-known/matrix/server there${served}`;
      case "refused":
        return `Exempt /.well-known/matrix/server from the filter or login at ${at}, as at ${deciding.attempt.address}.`;
      case "backend":
        return `The web server at ${at} answers, but what stands behind it fails (status ${first.response?.status}). Mend that, or let the web server there serve the file itself${served}`;
      case "handshake":
        return `Mend the TLS of the web server at ${at}: it needs TLS 1.2 or 1.3 and a certificate for ${serverName}, as at ${deciding.attempt.address}.`;
      case "certificate":
        return `At ${at}, use the certificate of ${deciding.attempt.address}, and reload the web server there: the present one is refused (${list(
          [...new Set(group.map(({ result }) => (result.kind === "certificate" ? certificateProblem(result.hop, judgedAt(facts)) : "")))],
          3,
        )}).`;
      case "redirect":
        return `At ${at}, serve the file without that redirect${served}`;
    }
  });
  return [...mends, ...notListening(facts, deviating, deciding)].join("\n\n");
}

function faultOf({ attempt, result, response }: Seen): Fault {
  if (attempt.hops.length > 1 || result.kind === "redirect" || result.kind === "no-address") return "redirect";
  switch (result.kind) {
    case "certificate":
    case "handshake":
      return result.kind;
    case "valid":
    case "invalid-m-server":
    case "too-large":
      return "old-file";
    case "unreadable":
      return result.reading.kind === "not-json" && result.reading.problem === "html" ? "other-site" : "old-file";
    case "status":
      return isRefusal(result.response.status) ? "refused" : (response?.status ?? 0) >= 500 ? "backend" : "other-site";
    default:
      return "other-site";
  }
}

/** A virtual host that listens on IPv4 alone leaves IPv6 to another one, with its own pages and certificate. */
function notListening(facts: Facts, deviating: readonly Seen[], deciding: ValidSeen): string[] {
  const isOther = deviating.every((seen) => seen.attempt.family === 6 && mayBeOtherHost(seen));
  if (!isOther || deciding.attempt.family !== 4) return [];
  const at = list(
    deviating.map(({ attempt }) => attempt.address),
    6,
  );
  const said = `If it is the same machine, the virtual host of ${facts.serverName} perhaps listens only on IPv4. It must also answer at ${at} on port 443`;
  return [listenOn(said, proxyAt(facts, deciding.place), { host: facts.serverName, port: 443 }, 6)];
}

function mayBeOtherHost(seen: Seen): boolean {
  const { result } = seen;
  if (result.kind === "certificate") return result.faults.some((fault) => ["name", "self-signed", "untrusted-ca"].includes(fault));
  // A default virtual host may refuse every name.
  if (result.kind === "handshake") return result.error.code === "tls-alert";
  return faultOf(seen) === "other-site";
}
