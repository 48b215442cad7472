/** A certificate as an implementation's own check sees it, beside the faults that every implementation refuses. */
import type { CertificateFacts, TlsFacts } from "../facts/facts.ts";
import { certificateFaults, type CertificateFault } from "../views/certificate.ts";
import type { Homeserver } from "./model.ts";

/** What this homeserver refuses the certificate for. */
export type OwnFault = CertificateFault | "wildcard-idn" | "odd-san" | "ca-as-leaf";

/** `null` in the list: it isn't known whether it refuses this. */
export function refusedFor(homeserver: Homeserver, tls: TlsFacts, name: string, isIp: boolean, at: Date): OwnFault[] {
  const [leaf] = tls.chain;
  // Another check of the same names may take another wildcard; each says its own.
  const faults: OwnFault[] = certificateFaults(tls, name, isIp, at);
  if (homeserver.tls.nameCheck.is === "service_identity") faults.push(...serviceIdentityFaults(leaf, name, isIp, faults.includes("name")));
  if (leaf.isCa && homeserver.tls.caAsLeaf.is === "refused") faults.push("ca-as-leaf");
  return [...new Set(faults)];
}

/**
 * Python's service_identity reads every dNSName before it compares any, and gives up at the first that it can't read; a wildcard doesn't
 * stand for an A-label.
 */
function serviceIdentityFaults(leaf: CertificateFacts, name: string, isIp: boolean, noneCovers: boolean): OwnFault[] {
  if (leaf.dnsNames.some(isUnreadable)) return ["odd-san"];
  if (isIp || noneCovers || !/^xn--/i.test(name)) return [];
  const exact = leaf.dnsNames.some((entry) => entry.toLowerCase() === name.toLowerCase().replace(/\.$/, ""));
  return exact ? [] : ["wildcard-idn"];
}

/** An IP address or a number, an empty entry, a wildcard elsewhere than in the first label, over a top-level domain, or more than one. */
function isUnreadable(entry: string): boolean {
  const pattern = entry.trim();
  if (pattern === "" || pattern.includes("\0") || isAddress(pattern.replaceAll("*", "1"))) return true;
  if (!pattern.includes("*")) return false;
  const labels = pattern.split(".");
  return pattern.split("*").length > 2 || labels.length < 3 || labels[0]?.includes("*") !== true || labels.includes("");
}

function isAddress(text: string): boolean {
  return /^\d+$/.test(text) || /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || (text.includes(":") && /^[0-9a-f:.]+$/i.test(text));
}
