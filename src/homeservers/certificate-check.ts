/** A certificate as an implementation's own check sees it, beside the faults that every implementation refuses. */
import type { TlsFacts } from "../facts/facts.ts";
import { certificateFaults, synapseFaults, type CertificateFault } from "../views/certificate.ts";
import { weakKeys, wrongPurpose } from "../views/certificate-use.ts";
import { oddNames } from "../views/service-identity.ts";
import type { Homeserver } from "./model.ts";

/** What this homeserver refuses the certificate for. */
export type OwnFault = CertificateFault | "wildcard-idn" | "odd-san" | "ca-as-leaf";

/** `null` in the list: it isn't known whether it refuses this. */
export function refusedFor(homeserver: Homeserver, tls: TlsFacts, name: string, isIp: boolean, at: Date): OwnFault[] {
  const [leaf] = tls.chain;
  // Another check of the same names may take another wildcard; each says its own.
  const faults: OwnFault[] = certificateFaults(tls, name, isIp, at).filter((fault) => !isLetPass(homeserver, tls, fault));
  if (homeserver.tls.nameCheck.is === "service_identity") faults.push(...serviceIdentityFaults(tls, name, isIp));
  if ((leaf.details?.basicConstraintsCa ?? leaf.isCa) && homeserver.tls.caAsLeaf.is === "refused") faults.push("ca-as-leaf");
  return [...new Set(faults)];
}

/** What the strictest refuse, and this one doesn't. Every fault is named, so that a new one isn't forgotten here. */
function isLetPass({ tls: model }: Homeserver, tls: TlsFacts, fault: CertificateFault): boolean {
  switch (fault) {
    case "wrong-purpose":
      return model.keyUsage.is === "ignored" && wrongPurpose(tls).every(({ what }) => what.extension === "keyUsage");
    case "weak-key":
      return (
        model.smallRsaKeys.is === "accepted" && weakKeys(tls).every(({ what }) => Number(/^RSA of (\d+) bits$/.exec(what)?.[1]) >= 1024)
      );
    case "name":
    case "expired":
    case "not-yet-valid":
    case "self-signed":
    case "incomplete-chain":
    case "untrusted-ca":
    case "critical-extension":
    case "name-constraints":
    case "weak-signature":
    case "other":
      return false;
  }
}

/** What service_identity refuses: odd entries whatever the name, and a wildcard for an A-label. */
function serviceIdentityFaults(tls: TlsFacts, name: string, isIp: boolean): readonly OwnFault[] {
  return [...(oddNames(tls.chain[0]).length > 0 ? (["odd-san"] as const) : []), ...synapseFaults(tls, name, isIp)];
}
