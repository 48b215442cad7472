/** The way that was measured to lead to the homeserver, where the SRV records of the route lead nowhere. */
import { SRV_SERVICES } from "../facts/way.ts";
import type { Facts } from "../facts/facts.ts";
import { DEFAULT_PORT } from "../matrix/paths.ts";
import { formatHostPort } from "../matrix/server-name.ts";
import { foundAt, foundHomeserver } from "../views/found-homeserver.ts";
import { done } from "../views/outcome.ts";
import { srvLine } from "./dns.ts";
import { certificateFirst, wellKnownFile } from "./well-known.ts";

/** Null when the clues found none. `service`, `base`: of the records that lead nowhere. */
export function insteadOfSrv(facts: Facts, { service, base }: { service: string; base: string }): string | null {
  const isHere = (each: string): boolean => each.toLowerCase() === base.toLowerCase();
  const recordsOf = (wanted: (service: string) => boolean) =>
    facts.srv.filter((each) => wanted(each.service) && isHere(each.base)).flatMap(({ outcome }) => done(outcome)?.records ?? []);
  const records = recordsOf((each) => each === service).length > 1 ? "records" : "record";
  const others = recordsOf((each) => each !== service && SRV_SERVICES.some((other) => other === each));
  const found = foundHomeserver(facts);
  if (found !== null) {
    const isDefault = isHere(found.host) && found.targetPort === DEFAULT_PORT;
    if (isDefault && others.every(({ target, port }) => isHere(target) && port === DEFAULT_PORT))
      return `${certificateFirst(found)}Remove the ${records} ${service}.${base}: ${found.server.name} answers on port 8448 of ${base}, and homeservers connect there when there is no SRV record.`;
    const target = formatHostPort(found.host, found.targetPort);
    return `${found.server.name} answers at ${target}. ${certificateFirst(found)}Serve this at https://${facts.serverName}/.well-known/matrix/server; homeservers then ignore the ${records}:\n${wellKnownFile(target)}`;
  }
  for (const other of others) {
    const at = foundAt(facts, other.target, other.port);
    if (at !== null)
      return `${at.server.name} answers at ${formatHostPort(at.host, at.targetPort)}, to which another SRV record leads. Publish this at ${service}.${base} instead of the present ${records} (the certificate there must cover ${base}):\n${srvLine(service, base, other.target, other.port, other)}`;
  }
  return null;
}
